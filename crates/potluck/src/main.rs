//! potluck: one address for all free language models.

fn main() {}

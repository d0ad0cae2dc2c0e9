//! potluck-testkit.

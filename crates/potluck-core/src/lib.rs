//! potluck-core.

//! The pool over time.

//! Servers with one fault each: they prove that a check can fail.

//! Each rule, broken alone, beside the response that keeps them all.

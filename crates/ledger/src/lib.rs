//! What can be asked, what is allowed, and what the books say.

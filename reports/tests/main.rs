//! The report engine at its boundary: notebooks and made stores in, files and verdicts out.

mod parts;

//! Files to cases, splits and a decoded uint8 cache. No torch here.

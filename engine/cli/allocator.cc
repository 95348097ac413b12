// How jemalloc, which the binary takes its memory from, treats what was given back. It is asked for
// this name before main() begins; nothing else reads it, and it never changes.

extern "C" {
// The declaration is jemalloc's own, in jemalloc(3) under TUNING.
extern const char* malloc_conf;  // NOLINT(readability-identifier-naming)

// Pages that hold nothing any more go back to the system at once: a daemon with nothing to do has
// only what it uses, and the end of a large pass does not come on top of its beginning. Threads
// keep blocks up to 64 KiB for themselves: reading YAML takes and gives back one of 48 KiB per
// manifest.
const char* malloc_conf = "dirty_decay_ms:0,muzzy_decay_ms:0,lg_tcache_max:16";
}

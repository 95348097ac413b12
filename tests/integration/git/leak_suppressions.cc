// What libgit2 1.5 itself does not free: the matches of its regular expressions (reading the
// extensions of a repository), and what libssh2 reads from known_hosts for it.
#if defined(__SANITIZE_ADDRESS__)
extern "C" const char* __lsan_default_suppressions();
extern "C" const char* __lsan_default_suppressions() {
  return "leak:libpcre2\nleak:libgit2.so\nleak:libssh2.so\nleak:libcrypto.so\n";
}
#endif

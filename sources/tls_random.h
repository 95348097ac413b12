// TlsRandom: where libgit2's TLS takes its random numbers from. Built with mbedTLS, as Debian
// builds it, the library keeps a generator in memory, and all copies of a process that was forked
// would draw the same numbers from it: keys that are not secret. Here they come from the kernel.
#pragma once

namespace gitops {

/// Whether libgit2's random numbers differ in copies of this process: they come from here, or its
/// TLS library is one that notices a fork itself.
bool TlsRandomSurvivesForks();

}  // namespace gitops

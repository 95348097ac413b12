// ServiceNotice: tells the service manager how the process is, by the protocol of sd_notify
// (https://www.freedesktop.org/software/systemd/man/sd_notify.html): a datagram to the socket that
// $NOTIFY_SOCKET names. Without one it does nothing. Thread-safe.
#pragma once

#include <string>
#include <string_view>

namespace gitops {

class ServiceNotice {
 public:
  /// `socket`: the value of $NOTIFY_SOCKET, a path or "@name"; "" for none. `watched`: the manager
  /// waits for signs of life ($WATCHDOG_USEC is set).
  ServiceNotice(std::string socket, bool watched) : socket_(std::move(socket)), watched_(watched) {}

  void Ready() const { Send("READY=1"); }
  void Stopping() const { Send("STOPPING=1"); }
  /// Only when somebody waits for it.
  void Alive() const {
    if (watched_) Send("WATCHDOG=1");
  }
  /// One line for people.
  void Say(std::string_view status) const { Send("STATUS=" + std::string(status)); }

 private:
  /// What cannot be sent is lost: there is nobody to tell.
  void Send(const std::string& text) const;

  const std::string socket_;
  const bool watched_;
};

}  // namespace gitops

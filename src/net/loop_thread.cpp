#include "net/loop_thread.h"

#include <pthread.h>

namespace fas::net {

void LoopThread::start() {
  thread_ = std::thread([this] { loop_.run(); });
  pthread_setname_np(thread_.native_handle(), name_.c_str());
}

void LoopThread::stop() {
  loop_.stop();
  if (thread_.joinable()) thread_.join();
}

}  // namespace fas::net

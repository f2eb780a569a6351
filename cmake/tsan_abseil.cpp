// For ThreadSanitizer alone. Debian's gRPC hands everything from thread to thread under locks of Debian's Abseil, which
// ThreadSanitizer cannot see, as neither is built with it: all that gRPC passes on would count as a race. These
// functions stand before Abseil's and tell. They tell more than is so, one lock for all of Abseil's: gRPC's lock-free
// queues hand over as well, always next to a lock. A race of our own between two threads that both use gRPC may go
// unseen for it; there are no such threads in the program, which has one loop, but in tests.
#include <dlfcn.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>

extern "C" {
void __tsan_acquire(void* address);
void __tsan_release(void* address);
}

namespace {

char all_locks;

// The function that ours stands before. The caller may yet have to look at errno.
template <class Function>
Function* real(const char* symbol) {
  const int error = errno;
  auto* const function = reinterpret_cast<Function*>(dlsym(RTLD_NEXT, symbol));
  errno = error;
  return function;
}

}  // namespace

// `this` is a function's first argument, and an absl::Time or Duration is passed as its two words are (System V ABI).
#define FAS_MUTEX "_ZN4absl7debian35Mutex"
#define FAS_CONDITION "_ZN4absl7debian37CondVar"

struct Span {
  std::int64_t high;
  std::uint32_t low;
};

void fas_lock(void* mutex) __asm__(FAS_MUTEX "4LockEv");
void fas_lock(void* mutex) {
  static auto* const lock = real<void(void*)>(FAS_MUTEX "4LockEv");
  lock(mutex);
  __tsan_acquire(&all_locks);
}

bool fas_try_lock(void* mutex) __asm__(FAS_MUTEX "7TryLockEv");
bool fas_try_lock(void* mutex) {
  static auto* const try_lock = real<bool(void*)>(FAS_MUTEX "7TryLockEv");
  const bool locked = try_lock(mutex);
  if (locked) __tsan_acquire(&all_locks);
  return locked;
}

void fas_unlock(void* mutex) __asm__(FAS_MUTEX "6UnlockEv");
void fas_unlock(void* mutex) {
  static auto* const unlock = real<void(void*)>(FAS_MUTEX "6UnlockEv");
  __tsan_release(&all_locks);
  unlock(mutex);
}

void fas_wait(void* condition, void* mutex) __asm__(FAS_CONDITION "4WaitEPNS0_5MutexE");
void fas_wait(void* condition, void* mutex) {
  static auto* const wait = real<void(void*, void*)>(FAS_CONDITION "4WaitEPNS0_5MutexE");
  __tsan_release(&all_locks);
  wait(condition, mutex);
  __tsan_acquire(&all_locks);
}

bool fas_wait_for(void* condition, void* mutex,
                  Span span) __asm__(FAS_CONDITION "15WaitWithTimeoutEPNS0_5MutexENS0_8DurationE");
bool fas_wait_for(void* condition, void* mutex, Span span) {
  static auto* const wait =
      real<bool(void*, void*, Span)>(FAS_CONDITION "15WaitWithTimeoutEPNS0_5MutexENS0_8DurationE");
  __tsan_release(&all_locks);
  const bool timed_out = wait(condition, mutex, span);
  __tsan_acquire(&all_locks);
  return timed_out;
}

bool fas_wait_until(void* condition, void* mutex,
                    Span time) __asm__(FAS_CONDITION "16WaitWithDeadlineEPNS0_5MutexENS0_4TimeE");
bool fas_wait_until(void* condition, void* mutex, Span time) {
  static auto* const wait = real<bool(void*, void*, Span)>(FAS_CONDITION "16WaitWithDeadlineEPNS0_5MutexENS0_4TimeE");
  __tsan_release(&all_locks);
  const bool timed_out = wait(condition, mutex, time);
  __tsan_acquire(&all_locks);
  return timed_out;
}

// gRPC's own hand-overs that need no lock: a batch of a call's operations begun, and an event taken from a queue.
extern "C" {
struct Event {
  int type;
  int success;
  void* tag;
};

Event grpc_completion_queue_next(void* queue, Span deadline, void* reserved) {
  static auto* const next = real<Event(void*, Span, void*)>("grpc_completion_queue_next");
  const Event event = next(queue, deadline, reserved);
  __tsan_acquire(&all_locks);
  return event;
}

int grpc_call_start_batch(void* call, const void* operations, std::size_t count, void* tag, void* reserved) {
  using Start = int(void*, const void*, std::size_t, void*, void*);
  static auto* const start = real<Start>("grpc_call_start_batch");
  __tsan_release(&all_locks);
  return start(call, operations, count, tag, reserved);
}
}

// What the users of one loop share, such as a connection to a server: found by a key, gone with its last user.
#pragma once

#include <boost/asio/execution_context.hpp>
#include <boost/asio/io_context.hpp>
#include <map>
#include <memory>
#include <string>

namespace fas::net {

namespace detail {

template <class T>
class SharedService final : public boost::asio::execution_context::service {
 public:
  using key_type = SharedService;  // Asio's name: how services of a loop are told apart
  static inline boost::asio::execution_context::id id;

  explicit SharedService(boost::asio::execution_context& owner) : service(owner) {}

  std::map<std::string, std::weak_ptr<T>> by_key;

 private:
  void shutdown() override { by_key.clear(); }
};

}  // namespace detail

// The T of that key which somebody on the loop still holds, else what `make()` returns. On the loop's thread.
template <class T, class Make>
std::shared_ptr<T> shared_by_loop(boost::asio::io_context& loop, const std::string& key, Make make) {
  auto& by_key = boost::asio::use_service<detail::SharedService<T>>(loop).by_key;
  std::erase_if(by_key, [](const auto& entry) { return entry.second.expired(); });
  std::weak_ptr<T>& place = by_key[key];
  std::shared_ptr<T> found = place.lock();
  if (found == nullptr) {
    found = make();
    place = found;
  }
  return found;
}

}  // namespace fas::net

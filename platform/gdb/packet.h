#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

namespace spinvp::platform::gdb {

/// What arrives from a debugger, taken apart.
struct Message {
  enum class Kind {
    Packet,     ///< `text` is its contents, escapes resolved
    Damaged,    ///< a packet with a wrong checksum or a broken escape
    Interrupt,  ///< Ctrl-C, a byte of its own
  };
  Kind kind = Kind::Packet;
  std::string text;
};

/// Cuts the bytes of a connection into messages: "$contents#checksum". Whatever stands between packets, such as
/// acknowledgements, is skipped; packets longer than `most_bytes` are dropped as damaged, so that nobody can make it
/// grow for ever.
class PacketReader {
 public:
  static constexpr std::size_t most_bytes = 0x4000;

  void feed(std::string_view bytes);
  /// The next complete message; nothing until more bytes come.
  std::optional<Message> next();
  bool empty() const { return messages_.empty(); }

 private:
  enum class State { Between, Contents, FirstDigit, SecondDigit };

  void finish();

  State state_ = State::Between;
  std::string contents_;
  bool too_long_ = false;
  char digits_[2] = {};
  std::deque<Message> messages_;
};

/// The packet with these contents as it goes over the wire.
std::string framed(std::string_view contents);
/// Binary data inside a packet: bytes with a meaning of their own are escaped.
std::string escaped(std::string_view bytes);

/// Two lower-case digits a byte.
std::string to_hex(const void* bytes, std::size_t length);
inline std::string to_hex(std::string_view text) {
  return to_hex(text.data(), text.size());
}
/// Nothing unless all of it is pairs of digits.
std::optional<std::string> from_hex(std::string_view digits);
/// A whole non-empty text of at most 16 digits.
std::optional<std::uint64_t> parse_hex(std::string_view digits);

/// Takes the part before `separator` (all of it when there is none) off the front of `text`, the separator as well.
std::string_view take_until(std::string_view& text, char separator);

}  // namespace spinvp::platform::gdb

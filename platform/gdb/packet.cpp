#include "platform/gdb/packet.h"

#include <fmt/format.h>

#include <numeric>

namespace spinvp::platform::gdb {
namespace {

constexpr char escape = '}';
constexpr char escape_flip = 0x20;
constexpr char interrupt_byte = 0x03;

std::uint8_t checksum(std::string_view contents) {
  return std::accumulate(contents.begin(), contents.end(), std::uint8_t{0}, [](std::uint8_t sum, char byte) {
    return static_cast<std::uint8_t>(sum + static_cast<std::uint8_t>(byte));
  });
}

int digit_of(char digit) {
  if (digit >= '0' && digit <= '9') return digit - '0';
  if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
  if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
  return -1;
}

/// False when an escape stands at the end.
bool resolve_escapes(std::string& contents) {
  std::size_t length = 0;
  for (std::size_t i = 0; i < contents.size(); ++i) {
    if (contents[i] == escape) {
      if (++i == contents.size()) return false;
      contents[length++] = static_cast<char>(contents[i] ^ escape_flip);
    } else {
      contents[length++] = contents[i];
    }
  }
  contents.resize(length);
  return true;
}

}  // namespace

void PacketReader::feed(std::string_view bytes) {
  for (const char byte : bytes) {
    switch (state_) {
      case State::Between:
        if (byte == '$') {
          contents_.clear();
          too_long_ = false;
          state_ = State::Contents;
        } else if (byte == interrupt_byte) {
          messages_.push_back({Message::Kind::Interrupt, {}});
        }
        break;
      case State::Contents:
        if (byte == '#') {
          state_ = State::FirstDigit;
        } else if (byte == '$') {  // the packet before it was cut off
          contents_.clear();
          too_long_ = false;
        } else if (contents_.size() < most_bytes) {
          contents_ += byte;
        } else {
          too_long_ = true;
        }
        break;
      case State::FirstDigit:
        digits_[0] = byte;
        state_ = State::SecondDigit;
        break;
      case State::SecondDigit:
        digits_[1] = byte;
        state_ = State::Between;
        finish();
        break;
    }
  }
}

void PacketReader::finish() {
  const int high = digit_of(digits_[0]);
  const int low = digit_of(digits_[1]);
  const bool sound = !too_long_ && high >= 0 && low >= 0 && high * 16 + low == checksum(contents_);
  if (sound && resolve_escapes(contents_)) {
    messages_.push_back({Message::Kind::Packet, contents_});
  } else {
    messages_.push_back({Message::Kind::Damaged, {}});
  }
}

std::optional<Message> PacketReader::next() {
  if (messages_.empty()) return std::nullopt;
  Message message = std::move(messages_.front());
  messages_.pop_front();
  return message;
}

std::string framed(std::string_view contents) {
  return fmt::format("${}#{:02x}", contents, checksum(contents));
}

std::string escaped(std::string_view bytes) {
  std::string result;
  for (const char byte : bytes) {
    if (byte == '$' || byte == '#' || byte == '*' || byte == escape) {
      result += escape;
      result += static_cast<char>(byte ^ escape_flip);
    } else {
      result += byte;
    }
  }
  return result;
}

std::string to_hex(const void* bytes, std::size_t length) {
  constexpr const char* digits = "0123456789abcdef";
  const auto* values = static_cast<const std::uint8_t*>(bytes);
  std::string result;
  for (std::size_t i = 0; i < length; ++i) {
    result += digits[values[i] >> 4];
    result += digits[values[i] & 0xf];
  }
  return result;
}

std::optional<std::string> from_hex(std::string_view digits) {
  if (digits.size() % 2 != 0) return std::nullopt;
  std::string bytes;
  for (std::size_t i = 0; i < digits.size(); i += 2) {
    const int high = digit_of(digits[i]);
    const int low = digit_of(digits[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    bytes += static_cast<char>(high * 16 + low);
  }
  return bytes;
}

std::optional<std::uint64_t> parse_hex(std::string_view digits) {
  constexpr std::size_t most_digits = 16;
  if (digits.empty() || digits.size() > most_digits) return std::nullopt;
  std::uint64_t value = 0;
  for (const char digit : digits) {
    const int number = digit_of(digit);
    if (number < 0) return std::nullopt;
    value = value << 4 | static_cast<std::uint64_t>(number);
  }
  return value;
}

std::string_view take_until(std::string_view& text, char separator) {
  const std::size_t at = text.find(separator);
  const std::string_view part = text.substr(0, at);
  text.remove_prefix(at == std::string_view::npos ? text.size() : at + 1);
  return part;
}

}  // namespace spinvp::platform::gdb

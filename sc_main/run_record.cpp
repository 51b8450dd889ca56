#include "sc_main/run_record.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/errors.h"

namespace spinvp {
namespace {

using nlohmann::json;

bool same_work(const Ledger& a, const Ledger& b, Activity activity) {
  if (a.busy_picoseconds(activity) != b.busy_picoseconds(activity)) {
    return false;
  }
  for (Ledger::BlockId block = 0; block < a.blocks().size(); ++block) {
    for (std::size_t event = 0; event < event_count; ++event) {
      if (a.events(block, static_cast<Event>(event), activity) !=
          b.events(block, static_cast<Event>(event), activity)) {
        return false;
      }
    }
  }
  return true;
}

void add_work(Ledger& to, const Ledger& from, Activity activity) {
  to.add_busy_time(activity, from.busy_picoseconds(activity));
  for (Ledger::BlockId block = 0; block < from.blocks().size(); ++block) {
    for (std::size_t event = 0; event < event_count; ++event) {
      to.count(block, static_cast<Event>(event), from.events(block, static_cast<Event>(event), activity), activity);
    }
  }
}

// What an activity did, as numbers behind each other; empty when that was nothing.
std::vector<std::uint64_t> numbers_of(const Ledger& ledger, Activity activity) {
  std::vector<std::uint64_t> numbers{ledger.busy_picoseconds(activity)};
  for (Ledger::BlockId block = 0; block < ledger.blocks().size(); ++block) {
    for (std::size_t event = 0; event < event_count; ++event) {
      numbers.push_back(ledger.events(block, static_cast<Event>(event), activity));
    }
  }
  const bool idle = std::all_of(numbers.begin(), numbers.end(), [](std::uint64_t number) { return number == 0; });
  return idle ? std::vector<std::uint64_t>{} : numbers;
}

std::vector<std::uint64_t> numbers_of(const BusUse& use) {
  return {use.host.transactions, use.host.delayed, use.host.waiting_picoseconds,
          use.chip.transactions, use.chip.delayed, use.chip.waiting_picoseconds};
}

BusUse bus_use_of(const std::vector<std::uint64_t>& numbers) {
  return {{numbers.at(0), numbers.at(1), numbers.at(2)}, {numbers.at(3), numbers.at(4), numbers.at(5)}};
}

void count_numbers(Ledger& ledger, Activity activity, const std::vector<std::uint64_t>& numbers) {
  if (numbers.empty()) {
    return;
  }
  ledger.add_busy_time(activity, numbers.at(0));
  std::size_t at = 1;
  for (Ledger::BlockId block = 0; block < ledger.blocks().size(); ++block) {
    for (std::size_t event = 0; event < event_count; ++event) {
      ledger.count(block, static_cast<Event>(event), numbers.at(at++), activity);
    }
  }
}

}  // namespace

Ledger work_since(const Ledger& earlier, const Ledger& now) {
  Ledger work = now;
  work.clear();
  for (std::size_t i = 0; i < now.activities(); ++i) {
    const Activity activity = Activity::at(i);
    const auto before = [&](std::uint64_t number) { return activity.once ? 0 : number; };
    work.add_busy_time(activity, now.busy_picoseconds(activity) - before(earlier.busy_picoseconds(activity)));
    for (Ledger::BlockId block = 0; block < now.blocks().size(); ++block) {
      for (std::size_t at = 0; at < event_count; ++at) {
        const auto event = static_cast<Event>(at);
        work.count(block, event, now.events(block, event, activity) - before(earlier.events(block, event, activity)),
                   activity);
      }
    }
  }
  return work;
}

void RunRecord::append(const RunRecord& next) {
  const std::size_t activities = std::max(ledger.activities(), next.ledger.activities());
  bool same_start = start_picoseconds == next.start_picoseconds && bus_once == next.bus_once;
  for (std::size_t i = 0; i < activities; ++i) {
    const Activity activity = Activity::at(i);
    if (activity.once) {
      same_start = same_start && same_work(ledger, next.ledger, activity);
    } else {
      add_work(ledger, next.ledger, activity);
    }
  }
  if (next.images.first != images.end || !same_start) {
    throw RunError(
        fmt::format("the simulation of images {} to {} did not start as that of images {} to {} did, so that "
                    "their reports cannot be made one; use --jobs 1",
                    next.images.first, next.images.end - 1, images.first, images.end - 1));
  }
  images.end = next.images.end;
  image_picoseconds += next.image_picoseconds;
  between_picoseconds += next.between_picoseconds;
  bus_images += next.bus_images;
  predictions.insert(predictions.end(), next.predictions.begin(), next.predictions.end());
  layers_checked += next.layers_checked;
  mismatches += next.mismatches;
  if (first_mismatch.empty()) {
    first_mismatch = next.first_mismatch;
  }
  instructions += next.instructions;
  recoveries += next.recoveries;
  host_seconds += next.host_seconds;
}

std::vector<std::uint8_t> serialize(const RunRecord& record) {
  json activities = json::array();
  for (std::size_t i = 0; i < record.ledger.activities(); ++i) {
    activities.push_back(numbers_of(record.ledger, Activity::at(i)));
  }
  json predictions = json::array();
  for (const Prediction& prediction : record.predictions) {
    predictions.push_back({prediction.predicted, prediction.scores});
  }
  return json::to_cbor(json{{"first", record.images.first},
                            {"end", record.images.end},
                            {"activities", std::move(activities)},
                            {"start", record.start_picoseconds},
                            {"images", record.image_picoseconds},
                            {"between", record.between_picoseconds},
                            {"bus_once", numbers_of(record.bus_once)},
                            {"bus_images", numbers_of(record.bus_images)},
                            {"predictions", std::move(predictions)},
                            {"checked", record.layers_checked},
                            {"mismatches", record.mismatches},
                            {"mismatch", json::binary({record.first_mismatch.begin(), record.first_mismatch.end()})},
                            {"instructions", record.instructions},
                            {"recoveries", record.recoveries},
                            {"seconds", record.host_seconds}});
}

RunRecord deserialize(const std::vector<std::uint8_t>& bytes, const Ledger& empty) {
  const json from = json::from_cbor(bytes);
  RunRecord record;
  record.images = {from.at("first"), from.at("end")};
  record.ledger = empty;
  for (std::size_t i = 0; i < from.at("activities").size(); ++i) {
    count_numbers(record.ledger, Activity::at(i), from.at("activities")[i]);
  }
  record.start_picoseconds = from.at("start");
  record.image_picoseconds = from.at("images");
  record.between_picoseconds = from.at("between");
  record.bus_once = bus_use_of(from.at("bus_once"));
  record.bus_images = bus_use_of(from.at("bus_images"));
  for (const json& prediction : from.at("predictions")) {
    record.predictions.push_back({prediction.at(0), prediction.at(1)});
  }
  record.layers_checked = from.at("checked");
  record.mismatches = from.at("mismatches");
  const auto& mismatch = from.at("mismatch").get_binary();
  record.first_mismatch.assign(mismatch.begin(), mismatch.end());
  record.instructions = from.at("instructions");
  record.recoveries = from.at("recoveries");
  record.host_seconds = from.at("seconds");
  return record;
}

}  // namespace spinvp

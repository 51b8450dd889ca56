#include "sc_main/run_images.h"

#include <fmt/format.h>
#include <sched.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <deque>
#include <numeric>
#include <string>

#include "core/errors.h"
#include "sc_main/interrupt.h"
#include "sc_main/process_pool.h"
#include "sc_main/progress.h"

namespace spinvp {
namespace {

constexpr std::size_t most_kept_lines = 20;
constexpr std::chrono::milliseconds progress_interval{20};  // of a child's messages
constexpr char images_message = 'i';
constexpr char terminal_message = 't';
constexpr char record_message = 'r';

/// Cores that this process may use.
std::size_t cores() {
  cpu_set_t set;
  CPU_ZERO(&set);
  return sched_getaffinity(0, sizeof set, &set) == 0 ? static_cast<std::size_t>(std::max(CPU_COUNT(&set), 1)) : 1;
}

void print_line(const std::string& line) {
  fmt::print("uart| {}\n", line);
  std::fflush(stdout);
}

/// The last lines of a terminal, in case the run fails: they may say why.
class KeptLines {
 public:
  void keep(const std::string& line) {
    lines_.push_back(line);
    if (lines_.size() > most_kept_lines) {
      lines_.pop_front();
    }
  }
  const std::deque<std::string>& lines() const { return lines_; }

 private:
  std::deque<std::string> lines_;
};

RunRecord run_here(Simulation& simulation, Progress& progress) {
  const bool quiet = simulation.options().quiet;
  KeptLines kept;
  simulation.on_image([&](std::size_t done) {
    interrupt::set_done(done);
    progress.show(done);
  });
  simulation.on_terminal_line([&](const std::string& line) {
    if (quiet) {
      kept.keep(line);
      return;
    }
    progress.make_room();
    print_line(line);
  });
  try {
    RunRecord record = simulation.run({0, simulation.data().count});
    progress.make_room();
    return record;
  } catch (const RunError&) {
    progress.make_room();
    std::for_each(kept.lines().begin(), kept.lines().end(), print_line);
    throw;
  }
}

Message text_message(char kind, const std::string& text) {
  return {kind, {text.begin(), text.end()}};
}

void run_in_child(Simulation& simulation, ImageRange images, const std::function<void(const Message&)>& send) {
  KeptLines kept;
  auto told = std::chrono::steady_clock::now();
  simulation.on_image([&](std::size_t done) {
    const auto now = std::chrono::steady_clock::now();
    if (now - told > progress_interval || done == images.count()) {
      told = now;
      send(text_message(images_message, std::to_string(done)));
    }
  });
  simulation.on_terminal_line([&](const std::string& line) { kept.keep(line); });
  try {
    send({record_message, serialize(simulation.run(images))});
  } catch (const RunError&) {
    for (const std::string& line : kept.lines()) {
      send(text_message(terminal_message, line));
    }
    throw;
  }
}

// Every process but the first runs an image more than its range has: the ranges are equal with it.
std::vector<ImageRange> split(std::size_t images, std::size_t parts) {
  std::vector<ImageRange> ranges;
  std::size_t first = 0;
  for (std::size_t i = 0; i < parts; ++i) {
    const std::size_t share = (images + parts - 1) * (i + 1) / parts - (images + parts - 1) * i / parts;
    const std::size_t most = images - first - (parts - 1 - i);  // one for each that follows
    const std::size_t count = std::clamp<std::size_t>(share - (i > 0 ? 1 : 0), 1, most);
    ranges.push_back({first, i + 1 == parts ? images : first + count});
    first += count;
  }
  return ranges;
}

RunRecord merge(const std::vector<std::optional<RunRecord>>& records) {
  RunRecord all = records.front().value();
  for (std::size_t i = 1; i < records.size(); ++i) {
    all.append(records[i].value());
  }
  return all;
}

RunRecord run_in_processes(Simulation& simulation, std::size_t processes, Progress& progress) {
  const std::vector<ImageRange> ranges = split(simulation.data().count, processes);
  std::vector<std::optional<RunRecord>> records(processes);
  std::vector<std::size_t> done(processes);
  SharedWork shared;
  shared.processes = processes;
  shared.work = [&](std::size_t index, const auto& send) { run_in_child(simulation, ranges[index], send); };
  shared.receive = [&](std::size_t index, const Message& message) {
    if (message.kind == images_message) {
      done[index] = std::stoul(std::string(message.bytes.begin(), message.bytes.end()));
      const std::size_t sum = std::accumulate(done.begin(), done.end(), std::size_t{0});
      interrupt::set_done(sum);
      progress.show(sum);
    } else if (message.kind == terminal_message) {
      progress.make_room();
      print_line({message.bytes.begin(), message.bytes.end()});
    } else {
      records[index] = deserialize(message.bytes, simulation.device().ledger());
    }
  };
  shared.name = [&](std::size_t index) {
    const ImageRange& images = ranges[index];
    return images.count() == 1 ? fmt::format("image {}", images.first)
                               : fmt::format("images {} to {}", images.first, images.end - 1);
  };
  const auto begin = std::chrono::steady_clock::now();
  try {
    run_processes(shared);
  } catch (const std::exception&) {
    progress.make_room();
    throw;
  }
  progress.make_room();
  RunRecord all = merge(records);
  all.host_seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  return all;
}

}  // namespace

std::size_t processes_of(const Simulation& simulation) {
  const std::size_t wanted = simulation.options().jobs == 0 ? cores() : simulation.options().jobs;
  return std::min({wanted, simulation.data().count, interrupt::most_children});
}

RunRecord run_images(Simulation& simulation) {
  const std::size_t images = simulation.data().count;
  const std::size_t processes = processes_of(simulation);
  Progress progress(images, simulation.options().quiet);
  interrupt::guard_run(images);
  RunRecord record =
      processes == 1 ? run_here(simulation, progress) : run_in_processes(simulation, processes, progress);
  interrupt::release();
  return record;
}

}  // namespace spinvp

#include "tools/expr_formulas.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>
#include <vector>

namespace fas::tools::bench {
namespace {

// Volatile, so that every call reads them again.
volatile double q = kQueueDepth;
volatile double x = 4;
volatile double y = 7;
volatile double cpu = kCpu;
volatile double workers = kWorkers;
volatile int adults = 1;
volatile int value = 100;

// Texts from somewhere else, as far as the compiler can tell.
struct Texts {
  std::string origin = "MOW";
  std::string country = "RU";
  std::string word = "autoscaler";
};
Texts& texts() {
  static Texts all;
  asm volatile("" : : "g"(&all) : "memory");
  return all;
}

struct Sample {
  std::string queue;
  double value = 0;
};

std::vector<Sample> make_series(std::size_t size) {
  std::vector<Sample> series(size);
  for (std::size_t i = 0; i < size; ++i) {
    series[i] = {.queue = i % 2 == 0 ? "mail" : "video", .value = static_cast<double>(i)};
  }
  return series;
}
const std::vector<Sample>& s100() {
  static const std::vector<Sample> series = make_series(100);
  return series;
}
const std::vector<Sample>& s10k() {
  static const std::vector<Sample> series = make_series(10'000);
  return series;
}

double ceil_div() { return std::ceil(q / 10); }
double clamp() { return std::min(std::max(std::ceil(q / 10), 1.0), 50.0); }
double let_chain() { return std::min(std::ceil(q / 10), 40.0); }
double target_tracking() { return std::fabs(cpu - 0.6) < 0.06 ? workers : std::ceil(workers * cpu / 0.6); }
double logic() {
  const Texts& all = texts();
  return (all.origin == "MOW" || all.country == "RU") && (value >= 100 || adults == 1) ? 1 : 0;
}
double ifelse() {
  if (q > 400) return 5;
  return q > 40 ? 3 : 1;
}

template <class Map>
std::string mapped(std::string text, Map map) {
  for (char& c : text) c = map(c);
  return text;
}
double strings() {
  const auto upper = [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; };
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  const std::string& word = texts().word;
  return static_cast<double>((mapped(word, upper).substr(0, 4) + "-" + mapped(word, lower)).size());
}
double matches() {
  constexpr std::string_view kPrefix = "auto";
  const std::string_view word = texts().word;
  const bool found = word.starts_with(kPrefix) && word.size() > kPrefix.size() &&
                     std::ranges::all_of(word.substr(kPrefix.size()), [](char c) { return c >= 'a' && c <= 'z'; });
  return found ? 1 : 0;
}
double sum_literal() { return q + x + y; }

double sum_above(const std::vector<Sample>& series, double least) {
  double sum = 0;
  for (const Sample& sample : series) sum += sample.value > least ? sample.value : 0;
  return sum;
}
double labels_100() {
  double sum = 0;
  for (const Sample& sample : s100()) sum += sample.queue == "mail" ? sample.value : 0;
  return sum;
}
double count_10k() {
  return static_cast<double>(std::ranges::count_if(s10k(), [](const Sample& sample) { return sample.value > 10; }));
}
double sort_100() {
  std::vector<const Sample*> sorted;
  sorted.reserve(s100().size());
  for (const Sample& sample : s100()) sorted.push_back(&sample);
  std::ranges::stable_sort(sorted, [](const Sample* a, const Sample* b) { return a->value > b->value; });
  return sorted.front()->value;
}
double reduce_100() {
  return std::accumulate(s100().begin(), s100().end(), 0.0,
                         [](double sum, const Sample& sample) { return sum + sample.value; });
}

struct Formula {
  std::string_view name;
  double (*compute)();
};
constexpr Formula kFormulas[] = {
    {"ceil_div", ceil_div},
    {"clamp", clamp},
    {"let_chain", let_chain},
    {"target_tracking", target_tracking},
    {"logic", logic},
    {"ifelse", ifelse},
    {"strings", strings},
    {"matches", matches},
    {"sum_literal", sum_literal},
    {"filter_sum_100", [] { return sum_above(s100(), 50); }},
    {"filter_sum_10k", [] { return sum_above(s10k(), 5000); }},
    {"labels_100", labels_100},
    {"count_10k", count_10k},
    {"sort_100", sort_100},
    {"reduce_100", reduce_100},
};

}  // namespace

std::function<double()> formula(std::string_view name) {
  const auto* const found = std::ranges::find(kFormulas, name, &Formula::name);
  return found == std::end(kFormulas) ? nullptr : found->compute;
}

}  // namespace fas::tools::bench

#include "harmonium/course.hpp"

#include <algorithm>

namespace harmonium {

Table course_of(const std::string& title, const std::vector<Figure>& figures, const std::vector<double>& values,
                Index epochs) {
  Table course;
  course.title = title;
  course.rows_are = "epoch";
  const std::size_t told = epochs > 0 ? values.size() / static_cast<std::size_t>(epochs) : figures.size();
  const auto columns = static_cast<std::ptrdiff_t>(std::min(told, figures.size()));
  for (std::ptrdiff_t i = 0; i < columns; ++i) {
    course.columns.push_back(figures[static_cast<std::size_t>(i)].name);
    course.units.push_back(figures[static_cast<std::size_t>(i)].unit);
  }
  for (Index epoch = 0; epoch < epochs; ++epoch) {
    const auto first = values.begin() + static_cast<std::ptrdiff_t>(told) * epoch;
    course.rows.push_back({std::to_string(epoch + 1), {first, first + columns}});
  }
  return course;
}

}  // namespace harmonium

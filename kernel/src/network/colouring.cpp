#include "network/colouring.hpp"

#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/sequential_vertex_coloring.hpp>

namespace harmonium {

std::vector<Index> colour_graph(Index vertices, const std::vector<std::pair<Index, Index>>& edges,
                                const std::vector<Index>& order) {
  using Graph = boost::adjacency_list<boost::vecS, boost::vecS, boost::undirectedS>;
  Graph graph(static_cast<std::size_t>(vertices));
  for (const auto& [a, b] : edges)
    if (a != b) boost::add_edge(static_cast<std::size_t>(a), static_cast<std::size_t>(b), graph);
  std::vector<std::size_t> colours(static_cast<std::size_t>(vertices));
  const std::vector<std::size_t> in_order(order.begin(), order.end());
  boost::sequential_vertex_coloring(
      graph, boost::make_iterator_property_map(in_order.begin(), boost::identity_property_map()),
      boost::make_iterator_property_map(colours.begin(), boost::get(boost::vertex_index, graph)));
  return {colours.begin(), colours.end()};
}

}  // namespace harmonium

#include "pipeline/order.hpp"

#include <algorithm>
#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/depth_first_search.hpp>

namespace harmonium::pipeline {
namespace {

// Edges lead from a node to its sources, so that a node is finished after all of them.
using Nodes = boost::adjacency_list<boost::vecS, boost::vecS, boost::directedS>;

class Visitor : public boost::default_dfs_visitor {
 public:
  Visitor(Order& order, std::vector<std::size_t>& path) : order_(&order), path_(&path) {}

  void discover_vertex(std::size_t node, const Nodes&) { path_->push_back(node); }
  void finish_vertex(std::size_t node, const Nodes&) {
    path_->pop_back();
    order_->nodes.push_back(node);
  }
  /// A source that is still open: the way from it to here is a cycle.
  template <class Edge>
  void back_edge(const Edge& edge, const Nodes& nodes) {
    const auto first = std::find(path_->begin(), path_->end(), boost::target(edge, nodes));
    std::vector<std::size_t> cycle(first, path_->end());
    std::reverse(cycle.begin(), cycle.end());
    std::rotate(cycle.begin(), std::min_element(cycle.begin(), cycle.end()), cycle.end());
    order_->cycles.push_back(std::move(cycle));
  }

 private:
  Order* order_;
  std::vector<std::size_t>* path_;
};

}  // namespace

Order order(const std::vector<std::vector<std::size_t>>& sources) {
  Nodes nodes(sources.size());
  for (std::size_t i = 0; i < sources.size(); ++i)
    for (const std::size_t source : sources[i]) boost::add_edge(i, source, nodes);
  Order result;
  std::vector<std::size_t> path;
  boost::depth_first_search(nodes, boost::visitor(Visitor(result, path)));
  return result;
}

}  // namespace harmonium::pipeline

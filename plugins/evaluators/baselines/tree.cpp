#include "tree.hpp"

#include <boost/graph/adjacency_matrix.hpp>
#include <boost/graph/kruskal_min_spanning_tree.hpp>
#include <iterator>

#include "harmonium/parallel.hpp"
#include "harmonium/products.hpp"
#include "harmonium/registry.hpp"

namespace harmonium::baselines {
namespace {

/// For each column its neighbours in the spanning tree of the largest sum.
std::vector<std::vector<Index>> largest_spanning_tree(View<const double> weight) {
  using Graph =
      boost::adjacency_matrix<boost::undirectedS, boost::no_property, boost::property<boost::edge_weight_t, double>>;
  const auto n = static_cast<std::size_t>(weight.rows);
  Graph graph(n);
  for (Index i = 0; i < weight.rows; ++i)
    for (Index j = 0; j < i; ++j)
      boost::add_edge(static_cast<std::size_t>(i), static_cast<std::size_t>(j), -weight(i, j), graph);
  std::vector<boost::graph_traits<Graph>::edge_descriptor> edges;
  boost::kruskal_minimum_spanning_tree(graph, std::back_inserter(edges));
  std::vector<std::vector<Index>> neighbours(n);
  for (const auto& edge : edges) {
    const auto a = boost::source(edge, graph), b = boost::target(edge, graph);
    neighbours[a].push_back(static_cast<Index>(b));
    neighbours[b].push_back(static_cast<Index>(a));
  }
  return neighbours;
}

/// p(x_i = 1, x_j = 1) and p(x_i = 1) with smoothing: each of the four states of a pair is seen smoothing / 2 times
/// more often, so that a unit's probability is the same in all its pairs.
struct Smoothed {
  View<const double> pairs;
  double rows, smoothing;
  double one(Index i) const { return (pairs(i, i) + smoothing) / (rows + 2 * smoothing); }
  double zero(Index i) const { return (rows - pairs(i, i) + smoothing) / (rows + 2 * smoothing); }
  /// p(x_i = a, x_j = b).
  double joint(Index i, Index j, int a, int b) const {
    const double both = pairs(i, j), only_i = pairs(i, i) - both, only_j = pairs(j, j) - both;
    const double count = a ? (b ? both : only_i) : (b ? only_j : rows - both - only_i - only_j);
    return (count + smoothing / 2) / (rows + 2 * smoothing);
  }
};

}  // namespace

Tensor count_pairs(const BinaryRows& rows) {
  const Index n = rows.columns();
  Tensor pairs = Tensor::of<double>({n, n}), of_block = Tensor::matrix(n, n);
  by_blocks(rows, [&](Index, View<const float> block) {
    // Counts of a block are whole numbers far below 2^24: exact in float.
    product(Transpose::yes, block, Transpose::no, block, of_block.view());
    for (Index i = 0; i < pairs.size(); ++i) pairs.data<double>()[i] += static_cast<double>(of_block.data<float>()[i]);
  });
  return pairs;
}

Tensor mutual_information(View<const double> pairs, Index rows, double smoothing) {
  const Index n = pairs.rows;
  const Smoothed p{pairs, static_cast<double>(rows), smoothing};
  Tensor information = Tensor::of<double>({n, n});
  const View<double> out = information.view<double>();
  parallel(n, [&](Index i) {
    for (Index j = 0; j < i; ++j) {
      double sum = 0;
      for (int a = 0; a < 2; ++a)
        for (int b = 0; b < 2; ++b) {
          const double joint = p.joint(i, j, a, b);
          sum += joint * std::log(joint / ((a ? p.one(i) : p.zero(i)) * (b ? p.one(j) : p.zero(j))));
        }
      out(i, j) = out(j, i) = sum;
    }
  });
  return information;
}

Tree Tree::fit(const BinaryRows& rows, double smoothing) {
  const Tensor pairs = count_pairs(rows);
  const Smoothed p{pairs.view<double>(), static_cast<double>(rows.rows()), smoothing};
  const auto neighbours = largest_spanning_tree(mutual_information(p.pairs, rows.rows(), smoothing).view<double>());
  Tree tree;
  tree.parents_.assign(neighbours.size(), no_parent);
  tree.given_.resize(neighbours.size());
  for (Given& given : tree.given_)
    for (auto& of_parent : given.log_p) {
      of_parent[0] = std::log(p.zero(0));
      of_parent[1] = std::log(p.one(0));
    }
  std::vector<Index> reached = {0};
  for (std::size_t next = 0; next < reached.size(); ++next) {
    const Index parent = reached[next];
    for (const Index j : neighbours[static_cast<std::size_t>(parent)]) {
      if (j == tree.parents_[static_cast<std::size_t>(parent)]) continue;
      tree.parents_[static_cast<std::size_t>(j)] = parent;
      for (int a = 0; a < 2; ++a)
        for (int b = 0; b < 2; ++b)
          tree.given_[static_cast<std::size_t>(j)].log_p[a][b] =
              std::log(p.joint(parent, j, a, b) / (a ? p.one(parent) : p.zero(parent)));
      reached.push_back(j);
    }
  }
  return tree;
}

void Tree::log_probabilities(View<const float> rows, Span<double> out) const {
  constexpr Index of_block = 256;
  parallel((rows.rows + of_block - 1) / of_block, [&](Index number) {
    for (Index i = number * of_block; i < std::min(rows.rows, (number + 1) * of_block); ++i) {
      const Span<const float> x = rows.row(i);
      double sum = 0;
      for (Index j = 0; j < rows.columns; ++j) {
        const Index parent = parents_[static_cast<std::size_t>(j)];
        const bool given = parent != no_parent && x[parent] != 0;
        sum += given_[static_cast<std::size_t>(j)].log_p[given ? 1 : 0][x[j] != 0 ? 1 : 0];
      }
      out[i] = sum;
    }
  });
}

Network tree_skeleton(const PartSpec& part) {
  Network network;
  network.add({"visible", make_value<Units>("units.bernoulli"), part.width, part.shape, true, part.name, {}});
  network.connect(make_value<Connection>("connection.lateral"), 0, 0);
  return network;
}

Network Tree::network(const PartSpec& part) const {
  Network network = tree_skeleton(part);
  // log p(x_j | x_i) = log p(0|0) + x_j d_0 + x_i (log p(0|1) - log p(0|0)) + x_i x_j (d_1 - d_0), where
  // d_a = log p(1|a) - log p(0|a).
  std::vector<double> bias(parents_.size(), 0.0);
  const View<float> coupling = network.link(0).weights.view();
  for (std::size_t j = 0; j < parents_.size(); ++j) {
    const auto& log_p = given_[j].log_p;
    const double when_off = log_p[0][1] - log_p[0][0], when_on = log_p[1][1] - log_p[1][0];
    bias[j] += when_off;
    if (parents_[j] == no_parent) continue;
    bias[static_cast<std::size_t>(parents_[j])] += log_p[1][0] - log_p[0][0];
    const auto unit = static_cast<Index>(j);
    coupling(unit, parents_[j]) = coupling(parents_[j], unit) = static_cast<float>(when_on - when_off);
  }
  std::transform(bias.begin(), bias.end(), network.layer(0).parameters.data<float>(),
                 [](double value) { return static_cast<float>(value); });
  return network;
}

}  // namespace harmonium::baselines

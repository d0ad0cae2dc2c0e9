//! A maximal flow, by Dinic's way.

use std::collections::VecDeque;

#[derive(Debug, Default)]
pub(super) struct Network {
    /// To whom, and how much still fits; each followed by its way back.
    edges: Vec<(usize, u64)>,
    nodes: Vec<Vec<usize>>,
}

impl Network {
    pub(super) fn node(&mut self) -> usize {
        self.nodes.push(Vec::new());
        self.nodes.len() - 1
    }

    pub(super) fn edge(&mut self, from: usize, to: usize, capacity: u64) {
        self.nodes[from].push(self.edges.len());
        self.edges.push((to, capacity));
        self.nodes[to].push(self.edges.len());
        self.edges.push((from, 0));
    }

    /// The most that flows from `source` to `sink`.
    pub(super) fn most(&mut self, source: usize, sink: usize) -> u64 {
        let mut sum = 0;
        loop {
            let levels = self.levels(source);
            if levels[sink] == usize::MAX {
                return sum;
            }
            let mut next = vec![0; self.nodes.len()];
            loop {
                let sent = self.send(source, sink, u64::MAX, &levels, &mut next);
                if sent == 0 {
                    break;
                }
                sum += sent;
            }
        }
    }

    fn levels(&self, source: usize) -> Vec<usize> {
        let mut levels = vec![usize::MAX; self.nodes.len()];
        levels[source] = 0;
        let mut queue = VecDeque::from([source]);
        while let Some(node) = queue.pop_front() {
            for &edge in &self.nodes[node] {
                let (to, left) = self.edges[edge];
                if left > 0 && levels[to] == usize::MAX {
                    levels[to] = levels[node] + 1;
                    queue.push_back(to);
                }
            }
        }
        levels
    }

    fn send(
        &mut self,
        at: usize,
        sink: usize,
        most: u64,
        levels: &[usize],
        next: &mut [usize],
    ) -> u64 {
        if at == sink {
            return most;
        }
        while let Some(&edge) = self.nodes[at].get(next[at]) {
            let (to, left) = self.edges[edge];
            if left > 0 && levels[to] == levels[at].wrapping_add(1) {
                let sent = self.send(to, sink, most.min(left), levels, next);
                if sent > 0 {
                    self.edges[edge].1 -= sent;
                    self.edges[edge ^ 1].1 += sent;
                    return sent;
                }
            }
            next[at] += 1;
        }
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flow_turns_back_where_that_is_better() {
        let mut network = Network::default();
        let [source, a, b, sink] = [(); 4].map(|()| network.node());
        for (from, to, capacity) in
            [(source, a, 3), (source, b, 2), (a, b, 5), (a, sink, 2), (b, sink, 3)]
        {
            network.edge(from, to, capacity);
        }
        assert_eq!(network.most(source, sink), 5);
    }
}

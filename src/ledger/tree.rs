//! The shape of the tree: which complete subtrees make up a root or a proof, and how a tree grows.
//!
//! A complete subtree never changes again, so each is stored once; everything else is folded from a handful of them.

use std::collections::HashMap;

use super::hash::Hash;

/// A complete subtree: the `2^level` leaves from `index · 2^level` on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Node {
    /// 0 for a leaf.
    pub level: u32,
    /// Its number among those of its level, from 0.
    pub index: u64,
}

/// Neighbouring leaves that have a hash of their own in some tree: `start..end`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    start: u64,
    end: u64,
}

/// Hashes of complete subtrees.
pub type Known = HashMap<Node, Hash>;

impl Span {
    /// The whole tree of that size.
    #[must_use]
    pub const fn whole(size: u64) -> Self {
        Self { start: 0, end: size }
    }

    /// The complete subtrees it consists of, largest first.
    #[must_use]
    pub fn nodes(self) -> Vec<Node> {
        let mut nodes = Vec::new();
        let mut at = self.start;
        while at < self.end {
            let level = (self.end - at).ilog2();
            nodes.push(Node { level, index: at >> level });
            at += 1 << level;
        }
        nodes
    }

    /// Its hash, when all its subtrees are known.
    #[must_use]
    pub fn hash(self, known: &Known) -> Option<Hash> {
        let hashes: Option<Vec<Hash>> = self.nodes().iter().map(|node| known.get(node).copied()).collect();
        hashes.map(|hashes| fold(&hashes))
    }
}

/// The hash over complete subtrees side by side, largest first.
fn fold(hashes: &[Hash]) -> Hash {
    let mut right_first = hashes.iter().rev().copied();
    let last = right_first.next().unwrap_or_else(Hash::of_nothing);
    right_first.fold(last, |right, left| Hash::of_node(&left, &right))
}

/// Where a tree of `size` leaves, two or more, is split: the largest power of two below.
const fn split(size: u64) -> u64 {
    1 << (size - 1).ilog2()
}

/// What proves that a leaf stands in a tree, leaf side first; `None` when it does not.
#[must_use]
pub fn inclusion(index: u64, size: u64) -> Option<Vec<Span>> {
    if index >= size {
        return None;
    }
    let (mut start, mut end) = (0, size);
    let mut path = Vec::new();
    while end - start > 1 {
        let middle = start + split(end - start);
        if index < middle {
            path.push(Span { start: middle, end });
            end = middle;
        } else {
            path.push(Span { start, end: middle });
            start = middle;
        }
    }
    path.reverse();
    Some(path)
}

/// What proves that the tree of size `new` goes on where that of size `old` ended; `None` when it cannot.
#[must_use]
pub fn consistency(old: u64, new: u64) -> Option<Vec<Span>> {
    if old == 0 || old > new {
        return None;
    }
    let (mut start, mut end) = (0, new);
    let mut path = Vec::new();
    while end != old {
        let middle = start + split(end - start);
        if old <= middle {
            path.push(Span { start: middle, end });
            end = middle;
        } else {
            path.push(Span { start, end: middle });
            start = middle;
        }
    }
    // The verifier holds the old root itself where it is one complete subtree from the left edge.
    if start > 0 {
        path.push(Span { start, end });
    }
    path.reverse();
    Some(path)
}

/// A tree that grows: its size and the complete subtrees along its right edge.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Edge {
    size: u64,
    hashes: Vec<Hash>,
}

impl Edge {
    /// The edge of a tree of that size, when its subtrees are known.
    #[must_use]
    pub fn of(size: u64, known: &Known) -> Option<Self> {
        let nodes = Span::whole(size).nodes();
        let hashes: Option<Vec<Hash>> = nodes.iter().map(|node| known.get(node).copied()).collect();
        Some(Self { size, hashes: hashes? })
    }

    /// How many leaves the tree has.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// The root.
    #[must_use]
    pub fn root(&self) -> Hash {
        fold(&self.hashes)
    }

    /// Adds a leaf; the subtrees that are complete with it.
    pub fn append(&mut self, leaf: Hash) -> Vec<(Node, Hash)> {
        let mut node = Node { level: 0, index: self.size };
        let mut hash = leaf;
        let mut complete = vec![(node, hash)];
        while node.index % 2 == 1
            && let Some(left) = self.hashes.pop()
        {
            hash = Hash::of_node(&left, &hash);
            node = Node { level: node.level + 1, index: node.index / 2 };
            complete.push((node, hash));
        }
        self.hashes.push(hash);
        self.size += 1;
        complete
    }
}

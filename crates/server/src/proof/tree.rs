//! A Merkle sum tree: a root that commits to every leaf and to their sum, and for each leaf a path
//! by which its owner can check that it is counted.
//!
//! The known mistakes of such trees are avoided: a node's hash covers the sums of both children
//! and not only what they add up to; sums are unsigned and never wrap, so that no leaf can take
//! away; leaves, nodes and padding are told apart by their first byte; and how many leaves there
//! are is signed with the root. Leaves are in the order of their hashes, so that a neighbour says
//! nothing about who it is.

use sha2::{Digest as _, Sha256};

const LEAF: u8 = 0;
const NODE: u8 = 1;
const NOTHING: u8 = 2;

/// A hash with the sum of what is under it, in minor units.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Node {
    /// SHA-256.
    pub hash: [u8; 32],
    /// The sum.
    pub sum: u64,
}

/// A step of a path: what stands beside, and on which side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// What stands beside.
    pub beside: Node,
    /// Whether it stands on the left.
    pub left: bool,
}

impl Node {
    /// The leaf of an account: what is owed, under a nonce that only its owner is told.
    pub fn leaf(nonce: &[u8; 32], account: &str, currency: &str, amount: u64) -> Node {
        let hash = Sha256::new()
            .chain_update([LEAF])
            .chain_update(nonce)
            .chain_update(account)
            .chain_update([0])
            .chain_update(currency)
            .chain_update(amount.to_be_bytes());
        Node { hash: hash.finalize().into(), sum: amount }
    }

    /// What stands where there is no leaf.
    fn nothing() -> Node {
        Node { hash: Sha256::digest([NOTHING]).into(), sum: 0 }
    }

    /// The node above two; `None` if the sum cannot be written.
    fn above(left: Node, right: Node) -> Option<Node> {
        let sum = left.sum.checked_add(right.sum)?;
        let hash = Sha256::new()
            .chain_update([NODE])
            .chain_update(left.hash)
            .chain_update(left.sum.to_be_bytes())
            .chain_update(right.hash)
            .chain_update(right.sum.to_be_bytes());
        Some(Node { hash: hash.finalize().into(), sum })
    }
}

/// Every level, the leaves first.
#[derive(Debug)]
pub struct Tree {
    levels: Vec<Vec<Node>>,
}

impl Tree {
    /// The tree over these leaves; `None` if their sum cannot be written.
    pub fn new(mut leaves: Vec<Node>) -> Option<Tree> {
        leaves.sort_unstable();
        let mut levels = vec![leaves];
        while let Some(level) = levels.last().filter(|it| it.len() > 1) {
            let above = level.chunks(2).map(|pair| match pair {
                [left, right] => Node::above(*left, *right),
                [left] => Node::above(*left, Node::nothing()),
                _ => None,
            });
            levels.push(above.collect::<Option<Vec<Node>>>()?);
        }
        Some(Tree { levels })
    }

    /// The root.
    pub fn root(&self) -> Node {
        self.levels.last().and_then(|it| it.first()).copied().unwrap_or_else(Node::nothing)
    }

    /// How many leaves there are.
    pub fn leaves(&self) -> usize {
        self.levels.first().map_or(0, Vec::len)
    }

    /// The way from a leaf to the root, if it is in the tree.
    pub fn path(&self, leaf: &Node) -> Option<Vec<Step>> {
        let mut place = self.levels.first()?.binary_search(leaf).ok()?;
        let mut path = Vec::new();
        for level in self.levels.get(..self.levels.len().saturating_sub(1))? {
            let left = place % 2 == 1;
            let beside = if left { place - 1 } else { place + 1 };
            let beside = level.get(beside).copied().unwrap_or_else(Node::nothing);
            path.push(Step { beside, left });
            place /= 2;
        }
        Some(path)
    }
}

/// The root to which a leaf and its path lead; `None` if a sum cannot be written.
pub fn climb(leaf: Node, path: &[Step]) -> Option<Node> {
    path.iter().try_fold(leaf, |node, step| {
        if step.left { Node::above(step.beside, node) } else { Node::above(node, step.beside) }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaves(count: u64) -> Vec<Node> {
        (0..count).map(|it| Node::leaf(&[7; 32], &format!("acc_{it}"), "CNY", it * 3 + 1)).collect()
    }

    #[test]
    fn every_leaf_leads_to_the_root_whatever_their_number() {
        for count in (0..40).chain([255, 256, 257, 1_000]) {
            let leaves = leaves(count);
            let tree = Tree::new(leaves.clone()).unwrap();
            assert_eq!(tree.root().sum, leaves.iter().map(|it| it.sum).sum::<u64>());
            for leaf in &leaves {
                let path = tree.path(leaf).unwrap();
                assert_eq!(climb(*leaf, &path), Some(tree.root()), "{count}");
            }
        }
    }

    #[test]
    fn what_is_changed_leads_elsewhere() {
        let leaves = leaves(11);
        let tree = Tree::new(leaves.clone()).unwrap();
        for leaf in &leaves {
            let path = tree.path(leaf).unwrap();
            let less = Node { sum: leaf.sum - 1, ..*leaf };
            assert_ne!(climb(less, &path), Some(tree.root()));
            for at in 0..path.len() {
                let mut other = path.clone();
                other[at].beside.sum += 1;
                assert_ne!(climb(*leaf, &other), Some(tree.root()));
                let mut other = path.clone();
                other[at].beside.hash[0] ^= 1;
                assert_ne!(climb(*leaf, &other), Some(tree.root()));
                let mut other = path.clone();
                other[at].left = !other[at].left;
                assert_ne!(climb(*leaf, &other), Some(tree.root()));
            }
        }
        assert_eq!(tree.path(&Node { hash: [0; 32], sum: 1 }), None);
    }

    #[test]
    fn a_sum_moved_from_one_child_to_the_other_is_another_tree() {
        // The flaw of hashing only what two children add up to.
        let [one, two] = [10, 20].map(|it| Node::leaf(&[1; 32], "acc", "CNY", it));
        let moved = Node::above(Node { sum: 15, ..one }, Node { sum: 15, ..two });
        assert_ne!(Node::above(one, two), moved);
    }

    #[test]
    fn sums_never_wrap() {
        let huge = |it: &str| Node::leaf(&[1; 32], it, "CNY", u64::MAX);
        assert!(Tree::new(vec![huge("a"), huge("b")]).is_none());
        let path = [Step { beside: huge("a"), left: false }];
        assert_eq!(climb(huge("b"), &path), None);
    }
}

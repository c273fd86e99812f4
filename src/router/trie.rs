//! §4.7: Topic Names or Topic Filters as a tree of levels.
//!
//! One tree holds either filters, and is asked which of them match a name, or names, and is asked
//! which of them a filter matches. Levels that only one entry runs through are kept as one piece
//! of text, so that a tree is never larger than its texts, whatever they look like: 65,536 empty
//! levels are one node. No function here calls itself: the depth of a tree is a peer's choice.
//! Every walk visits a node at most once, because only one way leads to it; so many `+` cost no
//! more than the nodes that they stand in.

use std::collections::HashMap;

const ROOT: usize = 0;

/// A map from Topic Names or Topic Filters to values.
#[derive(Debug)]
pub(super) struct Trie<V> {
    nodes: Vec<Node<V>>,
    free: Vec<usize>,
}

#[derive(Debug)]
#[expect(clippy::box_collection, reason = "most nodes are leaves")]
struct Node<V> {
    /// The levels between the one that leads here and the end of this node, each behind its `/`.
    rest: Box<str>,
    value: Option<V>,
    /// Nodes below, by their first level. A node without value has at least two of them.
    below: Option<Box<HashMap<Box<str>, usize>>>,
}

/// How the levels of one node fit those that were asked for.
enum Fit<'a> {
    No,
    /// A `#` covers everything from here on.
    Covered,
    /// All levels of the node fit; this is what is left to be asked.
    Until(&'a str),
}

impl<V> Trie<V> {
    pub(super) fn new() -> Self {
        Self { nodes: vec![Node::new("", None)], free: Vec::new() }
    }

    pub(super) fn get(&self, text: &str) -> Option<&V> {
        self.nodes[self.find(text)?].value.as_ref()
    }

    pub(super) fn get_mut(&mut self, text: &str) -> Option<&mut V> {
        let at = self.find(text)?;
        self.nodes[at].value.as_mut()
    }

    /// The value that was there before, if any.
    pub(super) fn insert(&mut self, text: &str, value: V) -> Option<V> {
        let (mut level, mut tail) = first_level(text);
        let mut at = ROOT;
        loop {
            let Some(below) = self.nodes[at].below(level) else {
                let leaf = self.add(Node::new(tail, Some(value)));
                self.nodes[at].link(level, leaf);
                return None;
            };
            let shared = shared_len(&self.nodes[below].rest, tail);
            at = if shared < self.nodes[below].rest.len() {
                self.cut(at, level, below, shared)
            } else {
                below
            };
            let Some(next) = tail[shared..].strip_prefix('/') else {
                return self.nodes[at].value.replace(value);
            };
            (level, tail) = first_level(next);
        }
    }

    pub(super) fn remove(&mut self, text: &str) -> Option<V> {
        let (mut level, mut tail) = first_level(text);
        let mut from = ROOT;
        let mut before = None;
        loop {
            let at = self.nodes[from].below(level)?;
            tail = tail.strip_prefix(&*self.nodes[at].rest)?;
            let Some(next) = tail.strip_prefix('/') else {
                if !tail.is_empty() {
                    return None;
                }
                let value = self.nodes[at].value.take()?;
                self.tidy(from, level, at, before);
                return Some(value);
            };
            before = Some((from, level));
            from = at;
            (level, tail) = first_level(next);
        }
    }

    /// Visits the values of all filters in this tree that match the name `topic`; returns how many
    /// nodes it looked at.
    pub(super) fn filters_for(&self, topic: &str, mut visit: impl FnMut(&V)) -> usize {
        let mut looked_at = 0;
        let mut open = Vec::new();
        self.ask_filters(ROOT, topic, &mut open, &mut visit);
        while let Some((at, tail)) = open.pop() {
            looked_at += 1;
            let node: &Node<V> = &self.nodes[at];
            match fit_filter(&node.rest, tail) {
                Fit::No => {}
                Fit::Covered => node.value.iter().for_each(&mut visit),
                Fit::Until(tail) => match tail.strip_prefix('/') {
                    Some(next) => self.ask_filters(at, next, &mut open, &mut visit),
                    None => {
                        node.value.iter().for_each(&mut visit);
                        // `#` matches the parent as well.
                        self.visit_leaf(node.below("#"), &mut visit);
                    }
                },
            }
        }
        looked_at
    }

    /// Visits the values of all names in this tree that `filter` matches; returns how many nodes it
    /// looked at.
    pub(super) fn topics_for(&self, filter: &str, mut visit: impl FnMut(&V)) -> usize {
        let mut looked_at = 0;
        let mut open = Vec::new();
        let mut whole = Vec::new();
        self.ask_topics(ROOT, filter, &mut open, &mut whole);
        while let Some((at, tail)) = open.pop() {
            looked_at += 1;
            let node: &Node<V> = &self.nodes[at];
            match fit_topic(&node.rest, tail) {
                Fit::No => {}
                Fit::Covered => whole.push(at),
                Fit::Until(tail) => match tail.strip_prefix('/') {
                    None => node.value.iter().for_each(&mut visit),
                    Some("#") => whole.push(at),
                    Some(next) => self.ask_topics(at, next, &mut open, &mut whole),
                },
            }
        }
        while let Some(at) = whole.pop() {
            looked_at += 1;
            let node: &Node<V> = &self.nodes[at];
            node.value.iter().for_each(&mut visit);
            whole.extend(node.all_below().map(|(_, below)| below));
        }
        looked_at
    }

    /// `text` begins with the level below node `at`.
    fn ask_filters<'t>(
        &self,
        at: usize,
        text: &'t str,
        open: &mut Vec<(usize, &'t str)>,
        visit: &mut impl FnMut(&V),
    ) {
        let node = &self.nodes[at];
        if node.below.is_none() {
            return;
        }
        let (level, tail) = first_level(text);
        open.extend(node.below(level).map(|below| (below, tail)));
        open.extend(node.below("+").map(|below| (below, tail)));
        self.visit_leaf(node.below("#"), visit);
    }

    /// `filter` begins with the level below node `at`.
    fn ask_topics<'t>(
        &self,
        at: usize,
        filter: &'t str,
        open: &mut Vec<(usize, &'t str)>,
        whole: &mut Vec<usize>,
    ) {
        let node = &self.nodes[at];
        let (level, tail) = first_level(filter);
        // Only the first level of a name can bar a wildcard, and only that of the filter (§4.7.2).
        let barred = |key: &str| at == ROOT && key.starts_with('$');
        let free = node.all_below().filter(|(key, _)| !barred(key)).map(|(_, below)| below);
        match level {
            "#" => whole.extend(free),
            "+" => open.extend(free.map(|below| (below, tail))),
            _ => open.extend(node.below(level).map(|below| (below, tail))),
        }
    }

    /// Nothing can follow a `#`, so its node is a leaf.
    fn visit_leaf(&self, at: Option<usize>, visit: &mut impl FnMut(&V)) {
        if let Some(at) = at {
            self.nodes[at].value.iter().for_each(visit);
        }
    }

    fn find(&self, text: &str) -> Option<usize> {
        let (mut level, mut tail) = first_level(text);
        let mut at = ROOT;
        loop {
            at = self.nodes[at].below(level)?;
            tail = tail.strip_prefix(&*self.nodes[at].rest)?;
            if tail.is_empty() {
                return Some(at);
            }
            (level, tail) = first_level(tail.strip_prefix('/')?);
        }
    }

    /// Splits node `lower`, to which `level` leads from node `from`, behind `shared` bytes of its
    /// rest; the upper part is returned.
    fn cut(&mut self, from: usize, level: &str, lower: usize, shared: usize) -> usize {
        let rest = core::mem::take(&mut self.nodes[lower].rest);
        let (kept, moved) = rest.split_at(shared);
        let upper = self.add(Node::new(kept, None));
        let (key, rest) = first_level(moved.strip_prefix('/').unwrap_or(moved));
        self.nodes[lower].rest = rest.into();
        self.nodes[upper].link(key, lower);
        self.nodes[from].link(level, upper);
        upper
    }

    /// Node `at`, to which `level` leads from node `from`, has lost its value; `before` leads to
    /// `from`. Frees what nothing needs any more.
    fn tidy(&mut self, from: usize, level: &str, at: usize, before: Option<(usize, &str)>) {
        match self.nodes[at].len_below() {
            0 => {
                self.nodes[from].unlink(level);
                self.release(at);
                let single = self.nodes[from].value.is_none() && self.nodes[from].len_below() == 1;
                if single && let Some((grand, level)) = before {
                    self.join(grand, level, from);
                }
            }
            1 => self.join(from, level, at),
            _ => {}
        }
    }

    /// Makes one node of node `upper`, to which `level` leads from node `from`, and the only one
    /// below it.
    fn join(&mut self, from: usize, level: &str, upper: usize) {
        let below = self.nodes[upper].below.take();
        let Some((key, lower)) = below.and_then(|below| below.into_iter().next()) else { return };
        let rest = [&*self.nodes[upper].rest, "/", &*key, &*self.nodes[lower].rest].concat();
        self.nodes[lower].rest = rest.into();
        self.nodes[from].link(level, lower);
        self.release(upper);
    }

    fn add(&mut self, node: Node<V>) -> usize {
        if let Some(at) = self.free.pop() {
            self.nodes[at] = node;
            return at;
        }
        self.nodes.push(node);
        self.nodes.len() - 1
    }

    fn release(&mut self, at: usize) {
        self.nodes[at] = Node::new("", None);
        self.free.push(at);
        if self.free.len() + 1 == self.nodes.len() {
            self.nodes.truncate(1);
            self.nodes.shrink_to_fit();
            self.free = Vec::new();
        }
    }
}

impl<V> Node<V> {
    fn new(rest: &str, value: Option<V>) -> Self {
        Self { rest: rest.into(), value, below: None }
    }

    fn below(&self, level: &str) -> Option<usize> {
        self.below.as_ref()?.get(level).copied()
    }

    fn all_below(&self) -> impl Iterator<Item = (&str, usize)> {
        self.below.iter().flat_map(|below| below.iter().map(|(key, at)| (&**key, *at)))
    }

    fn len_below(&self) -> usize {
        self.below.as_ref().map_or(0, |below| below.len())
    }

    fn link(&mut self, level: &str, at: usize) {
        let below = self.below.get_or_insert_default();
        match below.get_mut(level) {
            Some(old) => *old = at,
            None => {
                below.insert(level.into(), at);
            }
        }
    }

    fn unlink(&mut self, level: &str) {
        let Some(below) = &mut self.below else { return };
        below.remove(level);
        if below.is_empty() {
            self.below = None;
        } else {
            super::shard::give_back(below);
        }
    }
}

/// The first level, and what follows it: nothing, or a `/` and more.
pub(super) fn first_level(text: &str) -> (&str, &str) {
    text.split_at(text.find('/').unwrap_or(text.len()))
}

/// The levels of a filter's node against the name `tail`.
fn fit_filter<'t>(mut rest: &str, mut tail: &'t str) -> Fit<'t> {
    while let Some(wanted) = rest.strip_prefix('/') {
        let (want, more) = first_level(wanted);
        if want == "#" {
            return Fit::Covered;
        }
        let Some(text) = tail.strip_prefix('/') else { return Fit::No };
        let (level, left) = first_level(text);
        if want != "+" && want != level {
            return Fit::No;
        }
        (rest, tail) = (more, left);
    }
    Fit::Until(tail)
}

/// The levels of a name's node against the filter `tail`.
fn fit_topic<'t>(mut rest: &str, mut tail: &'t str) -> Fit<'t> {
    while let Some(text) = rest.strip_prefix('/') {
        let Some(wanted) = tail.strip_prefix('/') else { return Fit::No };
        let (want, left) = first_level(wanted);
        if want == "#" {
            return Fit::Covered;
        }
        let (level, more) = first_level(text);
        if want != "+" && want != level {
            return Fit::No;
        }
        (rest, tail) = (more, left);
    }
    Fit::Until(tail)
}

/// How many bytes two texts share, in whole levels. Each is empty or begins with `/`.
fn shared_len(one: &str, other: &str) -> usize {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    let same = one.iter().zip(other).take_while(|(a, b)| a == b).count();
    let ends = |text: &[u8]| text.get(same).is_none_or(|byte| *byte == b'/');
    if ends(one) && ends(other) {
        return same;
    }
    one.iter().take(same).rposition(|byte| *byte == b'/').unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trie(texts: &[&'static str]) -> Trie<&'static str> {
        let mut trie = Trie::new();
        for text in texts.iter().copied() {
            assert_eq!(trie.insert(text, text), None);
        }
        trie
    }

    fn filters(trie: &Trie<&'static str>, topic: &str) -> Vec<&'static str> {
        let mut found = Vec::new();
        trie.filters_for(topic, |filter| found.push(*filter));
        found.sort_unstable();
        found
    }

    fn topics(trie: &Trie<&'static str>, filter: &str) -> Vec<&'static str> {
        let mut found = Vec::new();
        trie.topics_for(filter, |topic| found.push(*topic));
        found.sort_unstable();
        found
    }

    /// Every node that is in use has a value or two nodes below, and none is lost.
    fn assert_tidy<V>(trie: &Trie<V>) {
        let mut open = vec![ROOT];
        let mut seen = 0;
        while let Some(at) = open.pop() {
            let node = &trie.nodes[at];
            assert!(at == ROOT || node.value.is_some() || node.len_below() > 1);
            open.extend(node.all_below().map(|(_, below)| below));
            seen += 1;
        }
        assert_eq!(seen + trie.free.len(), trie.nodes.len());
    }

    #[test]
    fn texts_share_whole_levels_only() {
        for (one, other, shared) in [
            ("", "", 0),
            ("/ab", "/abc", 0),
            ("/ab/c", "/ab/d", 3),
            ("/ab/", "/ab/c", 3),
            ("/ab", "/ab/c", 3),
            ("//", "//", 2),
            ("//", "/", 1),
            ("/ä", "/ö", 0),
        ] {
            assert_eq!(shared_len(one, other), shared, "{one:?} {other:?}");
            assert_eq!(shared_len(other, one), shared, "{other:?} {one:?}");
        }
    }

    #[test]
    fn lonely_levels_are_one_node() {
        let trie = trie(&["a/b/c/d", "a/b/x/y", "////"]);
        // The root, `a/b`, its two ends, and the one with empty levels.
        assert_eq!(trie.nodes.len(), 5);
        assert_tidy(&trie);
    }

    #[test]
    fn removed_texts_leave_nothing() {
        let texts = ["a", "a/b/c", "a/b/d", "a/b/d/e/f", "a/+/c", "#", "a/#", "/", "//"];
        for first in 0..texts.len() {
            let mut trie = trie(&texts);
            for at in 0..texts.len() {
                let text = texts[(first + at * 2) % texts.len()];
                assert_eq!(trie.remove(text), Some(text));
                assert_eq!(trie.remove(text), None);
                assert_eq!(trie.get(text), None);
                assert_tidy(&trie);
            }
            assert_eq!((trie.nodes.len(), trie.free.len()), (1, 0));
        }
    }

    #[test]
    fn part_of_a_text_is_not_there() {
        let mut trie = trie(&["a/bc/d", "a/bc/e"]);
        for text in ["a", "a/b", "a/bc", "a/bc/", "a/bc/dd", "a/bc/d/", "bc"] {
            assert_eq!(trie.get(text), None, "{text}");
            assert_eq!(trie.remove(text), None, "{text}");
        }
        assert_tidy(&trie);
    }

    #[test]
    fn filters_are_found_for_a_topic() {
        let trie =
            trie(&["#", "+", "/+", "+/+", "a/#", "a/+", "a/+/c", "a/b/#", "a/b/c/#", "+/b/c"]);
        assert_eq!(filters(&trie, "a/b/c"), ["#", "+/b/c", "a/#", "a/+/c", "a/b/#", "a/b/c/#"]);
        assert_eq!(filters(&trie, "a"), ["#", "+", "a/#"]);
        assert_eq!(filters(&trie, "a/"), ["#", "+/+", "a/#", "a/+"]);
        assert_eq!(filters(&trie, "/"), ["#", "+/+", "/+"]);
    }

    #[test]
    fn topics_are_found_for_a_filter() {
        crate::spec::covers!(MQTT_4_7_2_1);
        let trie = trie(&["a", "a/", "a/b", "a/b/c", "a/$b", "/", "b", "$a", "$a/b"]);
        assert_eq!(topics(&trie, "#"), ["/", "a", "a/", "a/$b", "a/b", "a/b/c", "b"]);
        assert_eq!(topics(&trie, "+"), ["a", "b"]);
        assert_eq!(topics(&trie, "+/+"), ["/", "a/", "a/$b", "a/b"]);
        assert_eq!(topics(&trie, "a/#"), ["a", "a/", "a/$b", "a/b", "a/b/c"]);
        assert_eq!(topics(&trie, "a/b/#"), ["a/b", "a/b/c"]);
        assert_eq!(topics(&trie, "$a/#"), ["$a", "$a/b"]);
        assert_eq!(topics(&trie, "$a/+"), ["$a/b"]);
        assert_eq!(topics(&trie, "a/b/c/d"), [""; 0]);
    }
}

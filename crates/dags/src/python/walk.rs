//! The nodes of a syntax tree in the order of the file, without recursion: code can be nested without limit.

use tree_sitter::{Node, TreeCursor};

/// A step of the walk.
pub(super) enum Step<'t> {
    Enter(Node<'t>),
    Leave(Node<'t>),
}

enum Next {
    Start,
    Down,
    On,
    End,
}

/// Enters each node before its children and leaves it after them.
pub(super) struct Walk<'t> {
    cursor: TreeCursor<'t>,
    next: Next,
}

impl<'t> Walk<'t> {
    pub(super) fn new(root: Node<'t>) -> Self {
        Self { cursor: root.walk(), next: Next::Start }
    }
}

impl<'t> Iterator for Walk<'t> {
    type Item = Step<'t>;

    fn next(&mut self) -> Option<Step<'t>> {
        let (step, next) = match self.next {
            Next::Start => (Step::Enter(self.cursor.node()), Next::Down),
            Next::Down if self.cursor.goto_first_child() => (Step::Enter(self.cursor.node()), Next::Down),
            Next::Down => (Step::Leave(self.cursor.node()), Next::On),
            Next::On if self.cursor.goto_next_sibling() => (Step::Enter(self.cursor.node()), Next::Down),
            Next::On if self.cursor.goto_parent() => (Step::Leave(self.cursor.node()), Next::On),
            Next::On | Next::End => {
                self.next = Next::End;
                return None;
            }
        };
        self.next = next;
        Some(step)
    }
}

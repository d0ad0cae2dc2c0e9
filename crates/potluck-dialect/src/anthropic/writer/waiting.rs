//! What was said while a call was open, in the order in which its blocks began.

use std::collections::VecDeque;

use super::{Kind, Piece};
use crate::sse::LONGEST;

/// Blocks that wait for the one that is open.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    blocks: VecDeque<Block>,
    /// Bytes of all of them together.
    size: usize,
}

/// A block that waits.
#[derive(Debug)]
pub(super) struct Block {
    kind: Kind,
    call: Option<(String, String)>,
    text: String,
}

/// More was said at once than is kept.
#[derive(Debug)]
pub(super) struct TooMuch;

impl Waiting {
    /// Adds a piece to its block. Words and thoughts go on only with the block that came last.
    pub(super) fn push(&mut self, piece: &Piece<'_>) -> Result<(), TooMuch> {
        self.size += piece.text.len() + size_of::<Block>();
        if self.size > LONGEST {
            return Err(TooMuch);
        }
        let last = self.blocks.len().saturating_sub(1);
        let same = self.blocks.iter_mut().enumerate().rfind(|(at, block)| {
            block.kind == piece.kind && (*at == last || matches!(piece.kind, Kind::Call(_)))
        });
        match same {
            Some((_, block)) => block.text.push_str(piece.text),
            None => self.blocks.push_back(Block {
                kind: piece.kind,
                call: piece.call.map(|(id, name)| (id.to_owned(), name.to_owned())),
                text: piece.text.to_owned(),
            }),
        }
        Ok(())
    }

    pub(super) fn pop(&mut self) -> Option<Block> {
        let block = self.blocks.pop_front()?;
        self.size = self.size.saturating_sub(block.text.len());
        Some(block)
    }
}

impl Block {
    /// The beginning of the block.
    pub(super) fn piece(&self) -> Piece<'_> {
        let call = self.call.as_ref().map(|(id, name)| (id.as_str(), name.as_str()));
        Piece { kind: self.kind, text: &self.text, call }
    }
}

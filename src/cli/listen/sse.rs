//! Server-sent events out of pieces of text.
//!
//! <https://html.spec.whatwg.org/multipage/server-sent-events.html>

/// One event of the stream.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Frame {
    /// Where to go on after it.
    pub(super) id: String,
    /// Its kind.
    pub(super) kind: String,
    /// Its body.
    pub(super) data: String,
}

/// Puts pieces together until they make whole events.
#[derive(Debug, Default)]
pub(super) struct Frames {
    left: Vec<u8>,
}

impl Frames {
    /// Takes a piece; the events that are whole with it.
    pub(super) fn push(&mut self, piece: &[u8]) -> Vec<Frame> {
        self.left.extend_from_slice(piece);
        let mut frames = Vec::new();
        while let Some(end) = self.left.windows(2).position(|two| two == b"\n\n") {
            let block: Vec<u8> = self.left.drain(..end + 2).collect();
            frames.extend(read(&String::from_utf8_lossy(&block)));
        }
        frames
    }
}

/// An event; none when the block is a comment.
fn read(block: &str) -> Option<Frame> {
    let mut frame = Frame::default();
    for (name, value) in block.lines().filter_map(|line| line.split_once(':')) {
        let value = value.strip_prefix(' ').unwrap_or(value);
        match name {
            "id" => value.clone_into(&mut frame.id),
            "event" => value.clone_into(&mut frame.kind),
            "data" => frame.data.push_str(value),
            _ => {}
        }
    }
    (!frame.data.is_empty()).then_some(frame)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_come_out_whole_however_they_were_cut() {
        let text =
            ": still here\n\nid: 4\nevent: message.received\ndata: {\"a\":\"ü\"}\n\nid: 5\ndata: {}\n\n";
        for cut in 1..text.len() {
            let mut frames = Frames::default();
            let got: Vec<Frame> = text.as_bytes().chunks(cut).flat_map(|piece| frames.push(piece)).collect();
            assert_eq!(got.len(), 2, "{cut}");
            assert_eq!((got[0].id.as_str(), got[0].data.as_str()), ("4", "{\"a\":\"ü\"}"));
            assert_eq!((got[1].id.as_str(), got[1].kind.as_str()), ("5", ""));
        }
    }
}

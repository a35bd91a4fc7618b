//! Which way a complaint can go, and why the others cannot.

use serde::{Deserialize, Serialize};

use super::Path;
use crate::domain::channel::Channel;
use crate::domain::id::ConnectionId;
use crate::domain::policy;

/// What there is to work with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Means {
    /// The platform's own private messages, where the connection has them.
    pub dm: Option<Dm>,
    /// Whether we can answer in public.
    pub public_reply: bool,
    /// Other channels we have, each with its account, in the order the workspace prefers.
    pub others: Vec<(Channel, ConnectionId)>,
}

/// Private messages on the platform of the complaint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dm {
    /// The medium.
    pub channel: Channel,
    /// Our account: the one that was complained to.
    pub connection_id: ConnectionId,
    /// How the account comes to write there.
    pub opening: Opening,
}

/// How the complaining account comes to write in private.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opening {
    /// It has written before.
    Already,
    /// We answer its post in private, once.
    PrivateReply,
    /// We ask in public.
    PublicInvitation,
    /// It cannot be asked.
    Closed(Reason),
}

/// Why something cannot be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = NotPossibleReason)]
pub enum Reason {
    /// No connection of this workspace has that channel.
    NoConnection,
    /// The platform has no private messages here.
    NoPrivateMessages,
    /// The connection cannot answer in public.
    NoPublicReply,
    /// The platform takes a private reply within seven days only.
    ReplyWindowClosed,
    /// The post was replied to in private already.
    RepliedAlready,
    /// Another way was taken.
    OtherPath,
    /// Only the customer can begin it, by giving a number in a private message.
    NeedsNumber,
}

impl From<policy::Reason> for Reason {
    /// Why a post cannot be answered in private.
    fn from(reason: policy::Reason) -> Self {
        match reason {
            policy::Reason::RepliedInPrivate => Self::RepliedAlready,
            policy::Reason::PrivateReplyOver => Self::ReplyWindowClosed,
            _ => Self::NoPublicReply,
        }
    }
}

/// A way that is not open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Impossible {
    /// The way.
    pub path: Path,
    /// To which channel; null where there is none.
    pub channel: Option<Channel>,
    /// Why not.
    pub reason: Reason,
}

/// A way that is open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = OpenWay)]
pub struct Choice {
    /// The way.
    pub path: Path,
    /// The private channel.
    pub channel: Channel,
    /// Our account there.
    pub connection_id: ConnectionId,
}

/// The first way that is open, in the order of the wanted channels, and why others are not. `to` is empty where the
/// customer shall be met on the best channel there is; `only` pins the way.
#[must_use]
pub fn choose(means: &Means, to: &[Channel], only: Option<Path>) -> (Option<Choice>, Vec<Impossible>) {
    let wanted = wanted(means, to);
    let mut closed = Vec::new();
    let mut chosen: Option<Choice> = None;
    for channel in &wanted {
        for path in [Path::P1, Path::P2, Path::P3, Path::P4, Path::P5] {
            match judge(means, path, channel) {
                Ok(_) if chosen.is_some() || only.is_some_and(|only| only != path) => {
                    closed.push(no(path, channel, Reason::OtherPath));
                }
                Ok(connection_id) => {
                    chosen = Some(Choice { path, channel: channel.clone(), connection_id });
                }
                Err(Some(reason)) => closed.push(no(path, channel, reason)),
                Err(None) => {}
            }
        }
    }
    (chosen, closed)
}

/// Every way that is open, the one taken by itself first, and why others are not.
#[must_use]
pub fn ways(means: &Means) -> (Vec<Choice>, Vec<Impossible>) {
    let (mut open, mut closed) = (Vec::new(), Vec::new());
    for channel in wanted(means, &[]) {
        for path in [Path::P1, Path::P2, Path::P3, Path::P4, Path::P5] {
            match judge(means, path, &channel) {
                Ok(connection_id) => open.push(Choice { path, channel: channel.clone(), connection_id }),
                Err(Some(reason)) => closed.push(no(path, &channel, reason)),
                Err(None) => {}
            }
        }
    }
    (open, closed)
}

fn wanted(means: &Means, to: &[Channel]) -> Vec<Channel> {
    if !to.is_empty() {
        return to.to_vec();
    }
    let own = means.dm.iter().map(|dm| dm.channel.clone());
    own.chain(means.others.iter().map(|(channel, _)| channel.clone())).collect()
}

fn no(path: Path, channel: &Channel, reason: Reason) -> Impossible {
    Impossible { path, channel: Some(channel.clone()), reason }
}

/// Our account on that way, or why it is closed; no reason where the way has nothing to do with the channel.
fn judge(means: &Means, path: Path, channel: &Channel) -> Result<ConnectionId, Option<Reason>> {
    let dm = means.dm.as_ref().ok_or(Some(Reason::NoPrivateMessages));
    let is_own = dm.is_ok_and(|dm| dm.channel == *channel);
    let other = means.others.iter().find(|(other, _)| other == channel).map(|(_, connection)| connection);
    match (path, other) {
        (Path::P1, _) if is_own => open(dm?).cloned(),
        (Path::P1, None) if means.dm.is_none() => Err(Some(Reason::NoPrivateMessages)),
        (Path::P1, _) => Err(None),
        _ if is_own => Err(None),
        (Path::P2, None) => Err(Some(Reason::NoConnection)),
        (_, None) => Err(None),
        (Path::P2, Some(connection)) => open(dm?).map(|_| connection.clone()),
        (Path::P3, Some(_)) if !means.public_reply => Err(Some(Reason::NoPublicReply)),
        (Path::P3 | Path::P5, Some(connection)) => Ok(connection.clone()),
        (Path::P4, Some(_)) => Err(Some(dm.map_or(Reason::NoPrivateMessages, |_| Reason::NeedsNumber))),
    }
}

fn open(dm: &Dm) -> Result<&ConnectionId, Option<Reason>> {
    match dm.opening {
        Opening::Closed(reason) => Err(Some(reason)),
        _ => Ok(&dm.connection_id),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::Timestamp;

    fn connection(n: u8) -> ConnectionId {
        ConnectionId::new(Timestamp::from_millis(0), &[n; 10])
    }

    fn dm(opening: Opening) -> Dm {
        Dm { channel: Channel::named("x_dm"), connection_id: connection(1), opening }
    }

    fn sms() -> Vec<(Channel, ConnectionId)> {
        vec![(Channel::sms(), connection(2))]
    }

    fn path(means: &Means, to: &[Channel]) -> Option<(Path, String)> {
        choose(means, to, None).0.map(|choice| (choice.path, choice.channel.to_string()))
    }

    #[test]
    fn the_platforms_own_private_messages_come_first() {
        let means = Means { dm: Some(dm(Opening::PublicInvitation)), public_reply: true, others: sms() };
        assert_eq!(path(&means, &[]), Some((Path::P1, "x_dm".into())));
        assert_eq!(path(&means, &[Channel::sms()]), Some((Path::P2, "sms".into())));
        assert_eq!(
            choose(&means, &[Channel::sms()], Some(Path::P3)).0.map(|choice| choice.path),
            Some(Path::P3)
        );
        let wanted = [Channel::sms(), Channel::named("x_dm")];
        assert_eq!(path(&means, &wanted), Some((Path::P2, "sms".into())));
    }

    #[test]
    fn without_private_messages_the_public_thread_proves_and_without_that_nothing_does() {
        let public = Means { dm: None, public_reply: true, others: sms() };
        assert_eq!(path(&public, &[]), Some((Path::P3, "sms".into())));
        let silent = Means { public_reply: false, ..public };
        assert_eq!(path(&silent, &[]), Some((Path::P5, "sms".into())));
        assert_eq!(path(&Means::default(), &[]), None);
    }

    #[test]
    fn all_ways_are_named_with_the_one_taken_by_itself_first() {
        let means = Means { dm: Some(dm(Opening::PublicInvitation)), public_reply: true, others: sms() };
        let (open, closed) = ways(&means);
        let open: Vec<_> = open.iter().map(|way| (way.path, way.channel.as_str())).collect();
        assert_eq!(open, [(Path::P1, "x_dm"), (Path::P2, "sms"), (Path::P3, "sms"), (Path::P5, "sms")]);
        assert_eq!(closed, [no(Path::P4, &Channel::sms(), Reason::NeedsNumber)]);
        assert_eq!(ways(&Means::default()), (Vec::new(), Vec::new()));
    }

    #[test]
    fn a_closed_way_says_why() {
        let means = Means {
            dm: Some(dm(Opening::Closed(Reason::RepliedAlready))),
            public_reply: false,
            others: sms(),
        };
        let (chosen, closed) =
            choose(&means, &[Channel::named("x_dm"), Channel::sms(), Channel::whatsapp()], None);
        assert_eq!(chosen.map(|choice| choice.path), Some(Path::P5));
        let reason = |path, channel: &str| {
            let fits = |no: &&Impossible| {
                no.path == path && no.channel.as_ref().is_some_and(|c| c.as_str() == channel)
            };
            closed.iter().find(fits).map(|no| no.reason)
        };
        assert_eq!(reason(Path::P1, "x_dm"), Some(Reason::RepliedAlready));
        assert_eq!(reason(Path::P2, "sms"), Some(Reason::RepliedAlready));
        assert_eq!(reason(Path::P3, "sms"), Some(Reason::NoPublicReply));
        assert_eq!(reason(Path::P4, "sms"), Some(Reason::NeedsNumber));
        assert_eq!(reason(Path::P2, "whatsapp"), Some(Reason::NoConnection));
    }
}

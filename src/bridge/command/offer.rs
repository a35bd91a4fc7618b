//! How a customer is invited: by the ways the connection allows, in the words that fit.

use std::time::Duration;

use super::OfferHandoff;
use super::handoff::speak_first;
use super::reply::{check_reply, post_reply};
use super::send::live;
use crate::bridge::draft::Draft;
use crate::bridge::handoff::{begin, render, vars};
use crate::bridge::refusal::Refusal;
use crate::clock;
use crate::domain::agent::signed_text;
use crate::domain::channel::Channel;
use crate::domain::complaint::{Author, Complaint, Post};
use crate::domain::delivery::VALIDITY;
use crate::domain::handoff::{Dm, Handoff, Means, Opening, Path, Reason};
use crate::domain::id::{ComplaintId, ConnectionId, ConversationId, DeliveryId, HandoffId, IdentityId};
use crate::domain::identity::{Namespace, lane};
use crate::domain::lane::{Lane, slot};
use crate::domain::policy::private_reply::Thread;
use crate::domain::texts::{TextName, Vars};
use crate::domain::time::Timestamp;
use crate::providers::{self, Provider};
use crate::store::delivery::{Cargo, NewDelivery};
use crate::store::{Content, KnownConnection};

/// How long after their last word a customer of Meta can be written to as a matter of course.
/// <https://developers.facebook.com/docs/messenger-platform/policy/policy-overview>
const META_WINDOW: Duration = Duration::from_secs(24 * 3600);

/// What the complaint's connection and the workspace's others allow.
pub(super) fn means(
    draft: &Draft<'_>,
    id: &ComplaintId,
    only: Option<&ConnectionId>,
) -> Result<Means, Refusal> {
    let complaint = &draft.world.complaints[id].value;
    let connection = live(draft.world.connections.get(&complaint.connection_id))?;
    let provider = providers::find(&connection.provider)
        .ok_or_else(|| Refusal::conflict("unreachable", "The complaint's provider is not known."))?;
    let lives = |post: &Post| post.by == Author::Customer && post.deleted_at.is_none();
    let public_reply = provider.replies_in_public() && draft.posts(id).iter().any(lives);
    Ok(Means {
        dm: dm(draft, complaint, connection, (provider, public_reply)),
        public_reply,
        others: others(draft, complaint, only),
    })
}

fn dm(
    draft: &Draft<'_>,
    complaint: &Complaint,
    connection: &KnownConnection,
    (provider, public_reply): (&dyn Provider, bool),
) -> Option<Dm> {
    let namespace = provider.private_namespace(&connection.account, &complaint.channel)?;
    let channel = provider.private_channel(&connection.account, &namespace)?;
    let opening = match (dm_talk(draft, complaint, &namespace), provider.private_reply_window()) {
        (Some(_), _) => Opening::Already,
        (None, Some(window)) => private_reply(draft, complaint, window),
        (None, None) if public_reply => Opening::PublicInvitation,
        (None, None) => Opening::Closed(Reason::NoPublicReply),
    };
    Some(Dm { channel, connection_id: connection.id.clone(), opening })
}

/// Where the account has written to us in private, and may be written to.
fn dm_talk(draft: &Draft<'_>, complaint: &Complaint, namespace: &Namespace) -> Option<ConversationId> {
    let is_meta = namespace.as_str().starts_with("messenger:");
    let reachable = |last: Timestamp| !is_meta || draft.now < last + META_WINDOW;
    let sides = |id| {
        let side = draft.known(id);
        side.identity.namespace == *namespace
            && (*id == complaint.identity_id || is_one_person(draft, id, &complaint.identity_id))
    };
    let talks = draft.world.conversations.values().map(|talk| &talk.value);
    let mut talks = talks.filter(|talk| {
        talk.connection_id == complaint.connection_id
            && talk.last_inbound_at.is_some_and(reachable)
            && sides(&talk.identity_id)
    });
    talks.next().map(|talk| talk.id.clone())
}

fn is_one_person(draft: &Draft<'_>, one: &IdentityId, other: &IdentityId) -> bool {
    draft.known(one).identity.customer_id == draft.known(other).identity.customer_id
}

/// The one private answer to a post, where it is still open.
fn private_reply(draft: &Draft<'_>, complaint: &Complaint, window: Duration) -> Opening {
    let lives = |post: &&Post| post.by == Author::Customer && post.deleted_at.is_none();
    let replies = draft.world.handoffs.values().map(|handoff| &handoff.value);
    let replies = replies.filter(|handoff| handoff.complaint_id == complaint.id && handoff.body_id.is_some());
    let thread = Thread {
        window: Some(window),
        last_post_at: draft.posts(&complaint.id).iter().rfind(lives).map(|post| post.at),
        replied_at: replies.map(|handoff| handoff.created_at).max(),
    };
    match thread.private_reply(draft.now) {
        None => Opening::PrivateReply,
        Some(reason) => Opening::Closed(reason.into()),
    }
}

/// Channels by number, in the order the workspace prefers.
fn others(
    draft: &Draft<'_>,
    complaint: &Complaint,
    only: Option<&ConnectionId>,
) -> Vec<(Channel, ConnectionId)> {
    let prefers = draft.settings(&complaint.workspace_id).prefers;
    let mut connections: Vec<&KnownConnection> = draft
        .world
        .connections
        .values()
        .filter(|one| {
            one.is_live && one.workspace_id == complaint.workspace_id && one.id != complaint.connection_id
        })
        .filter(|one| only.is_none_or(|only| *only == one.id))
        .filter(|one| one.account.contains_key("number"))
        .collect();
    connections.sort_by_key(|one| &one.id);
    let mut others = Vec::new();
    for connection in connections {
        let Some(provider) = providers::find(&connection.provider) else { continue };
        for namespace in [Namespace::phone(), Namespace::named("whatsapp")] {
            if let Some(channel) = provider.private_channel(&connection.account, &namespace) {
                others.push((channel, connection.id.clone()));
            }
        }
    }
    let rank = |channel: &Channel| prefers.iter().position(|one| one == channel).unwrap_or(usize::MAX);
    others.sort_by_key(|(channel, _)| rank(channel));
    others.retain(|(channel, _)| rank(channel) < usize::MAX || only.is_some());
    others
}

/// A handoff that has begun, and the words for the customer that nobody can say but the desk.
pub(super) struct Invitation {
    pub(super) handoff: HandoffId,
    pub(super) words: Option<String>,
}

/// Begins a handoff with its invitation.
pub(super) fn invite(
    draft: &mut Draft<'_>,
    handoff: Handoff,
    (means, input): (&Means, &OfferHandoff),
) -> Result<Invitation, Refusal> {
    let opening = means.dm.as_ref().map(|dm| dm.opening);
    let text = input.text.as_deref();
    match (handoff.path, opening) {
        (Path::P1 | Path::P2, Some(Opening::Already)) => already(draft, handoff),
        (Path::P1 | Path::P2, Some(Opening::PrivateReply)) => in_private(draft, handoff, text),
        (Path::P5, _) => by_hand(draft, handoff),
        (Path::P3, _) => in_public(draft, handoff, (TextName::InviteNumber, text)),
        _ => in_public(draft, handoff, (TextName::InviteDm, text)),
    }
}

/// The account writes to us in private already.
fn already(draft: &mut Draft<'_>, handoff: Handoff) -> Result<Invitation, Refusal> {
    let complaint = draft.world.complaints[&handoff.complaint_id].value.clone();
    let connection = draft.world.connections.get(&complaint.connection_id);
    let namespace = connection.and_then(|connection| {
        providers::find(&connection.provider)?.private_namespace(&connection.account, &complaint.channel)
    });
    let talk = namespace.and_then(|namespace| dm_talk(draft, &complaint, &namespace));
    let id = begin(draft, handoff, "offered");
    if let Some(talk) = talk {
        speak_first(draft, &id, &talk);
    }
    Ok(Invitation { handoff: id, words: None })
}

fn in_public(
    draft: &mut Draft<'_>,
    mut handoff: Handoff,
    (name, own): (TextName, Option<&str>),
) -> Result<Invitation, Refusal> {
    let words = vars(draft, &handoff);
    let text = match own {
        Some(own) => fill_in(own, &handoff, &words)?,
        None => render(draft, &handoff.workspace_id, name, &handoff.language, &words).text,
    };
    let agent = handoff.agent.clone();
    let text = agent.as_ref().map_or_else(|| text.clone(), |agent| signed_text(&text, agent));
    check_reply(draft, &handoff.complaint_id, &text, &text)?;
    let post = post_reply(draft, &handoff.complaint_id, &text, agent.as_ref());
    handoff.delivery_id = post.delivery_id;
    Ok(Invitation { handoff: begin(draft, handoff, "offered"), words: None })
}

/// The desk's own words. Where the customer shall name the case, they must say where and by what.
fn fill_in(own: &str, handoff: &Handoff, words: &Vars) -> Result<String, Refusal> {
    let needs = if handoff.path == Path::P3 { &["{number}", "{case}"][..] } else { &[] };
    if let Some(missing) = needs.iter().find(|needed| !own.contains(**needed)) {
        let detail = format!(
            "The text must hold {missing}, so that the customer knows where to write and about what."
        );
        return Err(Refusal::invalid("/text", detail));
    }
    Ok(words.put_into(own))
}

/// The one private answer to the post.
fn in_private(draft: &mut Draft<'_>, mut handoff: Handoff, own: Option<&str>) -> Result<Invitation, Refusal> {
    let name = if handoff.path == Path::P1 { TextName::PrivateReply } else { TextName::PrivateHello };
    let words = vars(draft, &handoff);
    let ours = render(draft, &handoff.workspace_id, name, &handoff.language, &words).text;
    let text = own.map_or_else(|| ours.clone(), |own| format!("{own}\n\n{ours}"));
    let owner = handoff.identity_id.clone();
    let content = Content { text: Some(text), ..Content::default() };
    handoff.body_id = Some(draft.body(&owner, content));
    let delivery = DeliveryId::new(draft.now, &clock::chance());
    handoff.delivery_id = Some(delivery.clone());
    let complaint = draft.world.complaints[&handoff.complaint_id].value.clone();
    let id = begin(draft, handoff, "offered");
    let known = draft.known(&owner);
    let customer = lane(&known.identity.namespace, &known.external_id);
    draft.owe(NewDelivery {
        id: delivery,
        workspace_id: complaint.workspace_id.clone(),
        lane: Lane::of(&["provider", complaint.id.as_str()]),
        subject: id.to_string(),
        destination: complaint.connection_id.to_string(),
        slot: slot(&complaint.workspace_id, &complaint.connection_id, &customer),
        identity_id: Some(owner),
        cargo: Cargo::PrivateReply(id.clone()),
        valid_until: Some(draft.now + VALIDITY),
    });
    Ok(Invitation { handoff: id, words: None })
}

/// Nobody but the desk can say it, wherever the customer can be told.
fn by_hand(draft: &mut Draft<'_>, handoff: Handoff) -> Result<Invitation, Refusal> {
    let words = vars(draft, &handoff);
    let text = render(draft, &handoff.workspace_id, TextName::InviteNumber, &handoff.language, &words).text;
    Ok(Invitation { handoff: begin(draft, handoff, "offered"), words: Some(text) })
}

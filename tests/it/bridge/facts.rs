//! Facts as a provider's file would parse them.

use segue::domain::channel::Channel;
use segue::domain::id::{DeliveryId, MessageId};
use segue::domain::identity::{Namespace, Party, Profile};
use segue::domain::inbound::{
    Fact, MessageEcho, PartRef, PostEcho, PostEdit, PostRemoval, PublicPost, ReceivedMessage, SendOutcome,
    SendResult, StatusReport,
};
use segue::domain::message::MessageStatus;

/// A fact with its provider's key.
pub(crate) struct Told {
    pub(crate) key: String,
    pub(crate) fact: Fact,
}

pub(crate) fn fact(key: &str, fact: Fact) -> Told {
    Told { key: key.to_owned(), fact }
}

pub(crate) fn said(id: &str, from: &str, text: &str) -> Told {
    fact(
        &format!("message-{id}"),
        Fact::MessageReceived(ReceivedMessage {
            reference: None,
            provider_id: id.to_owned(),
            channel: Channel::sms(),
            from: Party {
                namespace: Namespace::phone(),
                external_id: from.to_owned(),
                profile: Profile::default(),
            },
            text: text.to_owned(),
            media: Vec::new(),
            at: None,
            mark: None,
        }),
    )
}

pub(crate) fn posted(id: &str, thread: &str, author: &str, text: &str) -> Told {
    fact(
        &format!("post-{id}"),
        Fact::PostCreated(PublicPost {
            language: None,
            provider_id: id.to_owned(),
            thread_id: thread.to_owned(),
            channel: Channel::parse("review").unwrap(),
            author: Party {
                namespace: Namespace::named("reviews"),
                external_id: format!("id-{author}"),
                profile: Profile { handle: Some(author.to_owned()), name: None },
            },
            text: text.to_owned(),
            permalink: Some(format!("https://reviews.example/{id}")),
            at: None,
        }),
    )
}

pub(crate) fn edited(id: &str, text: &str) -> Told {
    let edit = PostEdit { provider_id: id.to_owned(), text: text.to_owned(), at: None };
    fact(&format!("edit-{id}-{text}"), Fact::PostEdited(edit))
}

/// The same post on a platform whose terms demand that deleted texts go.
pub(crate) fn posted_on_x(id: &str, thread: &str, author: &str, text: &str) -> Told {
    let mut told = posted(id, thread, author, text);
    if let Fact::PostCreated(post) = &mut told.fact {
        post.channel = Channel::parse("x_post").unwrap();
    }
    told
}

/// A private message by our own account, as the platform repeats it.
pub(crate) fn wrote(id: &str, to: &str, text: &str) -> Told {
    let echo = MessageEcho {
        provider_id: id.to_owned(),
        channel: Channel::sms(),
        to: Party { namespace: Namespace::phone(), external_id: to.to_owned(), profile: Profile::default() },
        text: text.to_owned(),
        media: Vec::new(),
        at: None,
    };
    fact(&format!("wrote-{id}"), Fact::MessageEchoed(echo))
}

/// An answer by our own account, as the platform repeats it.
pub(crate) fn echoed(id: &str, answers: &str, text: &str) -> Told {
    let (provider_id, answers) = (id.to_owned(), answers.to_owned());
    let echo = PostEcho { provider_id, answers, text: text.to_owned(), at: None };
    fact(&format!("echo-{id}"), Fact::PostEchoed(echo))
}

pub(crate) fn removed(id: &str) -> Told {
    fact(&format!("removal-{id}"), Fact::PostDeleted(PostRemoval { provider_id: id.to_owned(), at: None }))
}

pub(crate) fn status(provider_id: &str, status: MessageStatus) -> Told {
    fact(
        &format!("status-{provider_id}-{}", status.as_str()),
        Fact::MessageStatus(StatusReport {
            provider_id: provider_id.to_owned(),
            part: None,
            status,
            failure: None,
            at: None,
        }),
    )
}

pub(crate) fn outcome(delivery: &DeliveryId, result: SendResult, attempt: i64) -> Told {
    let key = format!("outcome-{delivery}-{attempt}-{result:?}");
    fact(&key, Fact::SendOutcome(SendOutcome { delivery_id: delivery.clone(), result }))
}

/// The platform took it under that id.
pub(crate) fn accepted(id: &str) -> SendResult {
    SendResult::Accepted { provider_id: Some(id.into()), status: MessageStatus::Sent, reached: None }
}

pub(crate) fn part(message: &str) -> PartRef {
    PartRef { message_id: MessageId::parse(message).unwrap(), part: 0 }
}

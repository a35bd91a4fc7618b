//! A public post, whichever product told of it.

use super::node::Read;
use super::{event, lane_of};
use crate::domain::channel::Channel;
use crate::domain::identity::Party;
use crate::domain::inbound::{Fact, InboundEvent, PostEcho, PostEdit, PostRemoval, PublicPost};
use crate::domain::time::Timestamp;

/// What both products say about a post.
#[derive(Clone)]
pub(super) struct Post {
    pub(super) id: String,
    pub(super) author: Party,
    pub(super) thread_id: Option<String>,
    /// The post it replies to.
    pub(super) answers: Option<String>,
    /// The author of that post.
    pub(super) answered_user: Option<String>,
    pub(super) text: String,
    pub(super) language: Option<String>,
    pub(super) at: Option<Timestamp>,
    /// The id it had before its author rewrote it.
    pub(super) first_id: Option<String>,
    /// Whether it only repeats another post.
    pub(super) is_repost: bool,
}

impl Post {
    /// The facts. The mention may have come with an edit: then nobody has told of the post before, so it is told as a
    /// new one too, which has no effect where it is known.
    pub(super) fn events(self, owner: Option<&str>) -> Vec<InboundEvent> {
        let key = format!("post:{}", self.id);
        let begun = self.first_id.clone().filter(|_| !self.is_ours(owner)).map(|first_id| {
            let begun = Self { id: first_id, first_id: None, ..self.clone() };
            begun.event(owner, format!("post-as-edited:{}", self.id))
        });
        begun.into_iter().chain([self.event(owner, key)]).collect()
    }

    fn is_ours(&self, owner: Option<&str>) -> bool {
        owner == Some(self.author.external_id.as_str())
    }

    /// The fact under its key: the post's own id, however often and by whatever subscription it is told.
    fn event(self, owner: Option<&str>, key: String) -> InboundEvent {
        let is_ours = self.is_ours(owner);
        let lane = match &self.answered_user {
            Some(customer) if is_ours => lane_of(customer),
            _ => lane_of(&self.author.external_id),
        };
        let fact = self.fact(is_ours);
        event(owner, key, lane, fact)
    }

    fn fact(self, is_ours: bool) -> Fact {
        match (self.first_id, self.answers) {
            _ if self.is_repost => Fact::Other { name: "repost".into() },
            (Some(first_id), _) => {
                Fact::PostEdited(PostEdit { provider_id: first_id, text: self.text, at: self.at })
            }
            (None, Some(answers)) if is_ours => {
                Fact::PostEchoed(PostEcho { provider_id: self.id, answers, text: self.text, at: self.at })
            }
            (None, None) if is_ours => Fact::Other { name: "own_post".into() },
            (None, answers) => Fact::PostCreated(PublicPost {
                thread_id: self.thread_id.or(answers).unwrap_or_else(|| self.id.clone()),
                channel: Channel::named("x_post"),
                permalink: Some(permalink(&self.author, &self.id)),
                author: self.author,
                text: self.text,
                language: self.language,
                at: self.at,
                provider_id: self.id,
            }),
        }
    }
}

/// The facts of a post, or what is wrong with it.
pub(super) fn told(post: Read<Post>, owner: Option<&str>) -> Vec<Read<InboundEvent>> {
    match post {
        Ok(post) => post.events(owner).into_iter().map(Ok).collect(),
        Err(wrong) => vec![Err(wrong)],
    }
}

/// The fact that a post was taken away.
pub(super) fn deletion(
    owner: Option<&str>,
    id: String,
    author_id: Option<&str>,
    at: Option<Timestamp>,
) -> InboundEvent {
    let lane = lane_of(author_id.unwrap_or(&id));
    event(owner, format!("post-deleted:{id}"), lane, Fact::PostDeleted(PostRemoval { provider_id: id, at }))
}

/// The language of a post in two letters; X still uses withdrawn codes for two of them.
pub(super) fn language(told: Option<String>) -> Option<String> {
    let told = told.filter(|code| code.len() == 2 && code.bytes().all(|b| b.is_ascii_lowercase()))?;
    Some(match told.as_str() {
        "in" => "id".into(),
        "iw" => "he".into(),
        _ => told,
    })
}

fn permalink(author: &Party, id: &str) -> String {
    let handle = author.profile.handle.as_deref().unwrap_or("i/web");
    format!("https://x.com/{handle}/status/{id}")
}

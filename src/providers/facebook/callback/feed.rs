//! The field `feed`: comments, and posts of visitors.
//!
//! <https://developers.facebook.com/docs/graph-api/webhooks/reference/page/#feed>

use super::node::{Node, Read, digest};
use super::{Told, other, public_channel, public_namespace};
use crate::domain::identity::{Party, Profile, lane};
use crate::domain::inbound::{Fact, InboundEvent, PostEcho, PostEdit, PostRemoval, PostShowing, PublicPost};
use crate::domain::time::Timestamp;

/// Something written in public and what was done to it.
pub(super) struct Act<'a> {
    /// The Page.
    pub(super) page: &'a str,
    /// When it told.
    pub(super) told_at: Option<Timestamp>,
    /// The field it came by.
    pub(super) field: &'static str,
    /// What was written: a comment, a post, a photo.
    pub(super) item: String,
    /// What was done.
    pub(super) verb: String,
    /// Who wrote it; Facebook may keep that to itself.
    pub(super) author: Option<Party>,
    /// The value.
    pub(super) value: &'a Node<'a>,
}

/// Reads a value of the field `feed`.
pub(super) fn read(Told { page, at: told_at }: Told<'_>, value: &Node<'_>) -> Read<InboundEvent> {
    let author = value.child("from").and_then(|from| person(page, &from, "id", "name"));
    let item = value.need_id("item")?;
    let verb = value.need_id("verb")?;
    Act { page, told_at, field: "feed", item, verb, author, value }.read()
}

/// Somebody in public, by the names their id and their name go by.
pub(super) fn person(page: &str, node: &Node<'_>, id: &str, name: &str) -> Option<Party> {
    Some(Party {
        namespace: public_namespace(page),
        external_id: node.id(id)?,
        profile: Profile { handle: None, name: node.text(name).filter(|name| !name.is_empty()) },
    })
}

impl Act<'_> {
    /// The fact; an act of the Page itself is only told where it answers somebody.
    pub(super) fn read(&self) -> Read<InboundEvent> {
        let is_comment = self.item == "comment";
        let is_post =
            matches!(self.item.as_str(), "post" | "status" | "photo" | "video" | "share" | "link" | "album");
        match self.verb.as_str() {
            _ if !is_comment && !is_post => Ok(self.other()),
            "add" if self.is_own() && is_comment && self.field == "feed" => self.echoed(),
            // Who hides is not who wrote it: an act of the Page on somebody's comment is about that comment.
            "hide" | "unhide" => self.shown(),
            _ if self.is_own() => Ok(self.other()),
            "add" => self.created(),
            "edit" | "edited" | "update" => self.edited(),
            "remove" | "delete" => self.removed(),
            _ => Ok(self.other()),
        }
    }

    fn is_own(&self) -> bool {
        self.author.as_ref().is_some_and(|author| author.external_id == self.page)
    }

    /// The id of what was written.
    fn object(&self) -> Read<String> {
        self.value.need_id(if self.item == "comment" { "comment_id" } else { "post_id" })
    }

    /// Who wrote it; somebody unnamed is known by what they wrote.
    fn author(&self, object: &str) -> Party {
        self.author.clone().unwrap_or_else(|| Party {
            namespace: public_namespace(self.page),
            external_id: object.to_owned(),
            profile: Profile::default(),
        })
    }

    fn created(&self) -> Read<InboundEvent> {
        let object = self.object()?;
        let post = self.value.child("post");
        let permalink = post.and_then(|post| post.text("permalink_url"));
        let fact = Fact::PostCreated(PublicPost {
            thread_id: self.value.id("post_id").unwrap_or_else(|| object.clone()),
            channel: public_channel(),
            author: self.author(&object),
            text: self.value.words("message")?,
            permalink: permalink.or_else(|| self.value.text("permalink_url")),
            language: None,
            at: self.value.seconds("created_time"),
            provider_id: object.clone(),
        });
        Ok(self.event(&object, self.key(&object), fact))
    }

    /// One object may be edited often: the time and the words tell one edit from the next.
    fn edited(&self) -> Read<InboundEvent> {
        let object = self.object()?;
        let text = self.value.words("message")?;
        let when = self.value.id("created_time").unwrap_or_default();
        let key = format!("{}:{when}:{}", self.key(&object), digest(&text));
        let at = self.value.seconds("created_time");
        Ok(self.event(&object, key, Fact::PostEdited(PostEdit { provider_id: object.clone(), text, at })))
    }

    fn removed(&self) -> Read<InboundEvent> {
        let object = self.object()?;
        let at = self.value.seconds("created_time");
        let fact = Fact::PostDeleted(PostRemoval { provider_id: object.clone(), at });
        Ok(self.event(&object, self.key(&object), fact))
    }

    /// The same may be hidden and shown again often: the moment of the callback tells one time from the next.
    fn shown(&self) -> Read<InboundEvent> {
        let object = self.object()?;
        let key = format!("{}:{}", self.key(&object), self.told_at.map_or(0, Timestamp::secs));
        let (hidden, at) = (self.verb == "hide", self.told_at);
        let fact = Fact::PostShown(PostShowing { provider_id: object.clone(), hidden, at });
        Ok(self.event(&object, key, fact))
    }

    fn echoed(&self) -> Read<InboundEvent> {
        let object = self.object()?;
        let answers = match self.value.id("parent_id") {
            Some(parent) => parent,
            None => self.value.need_id("post_id")?,
        };
        let fact = Fact::PostEchoed(PostEcho {
            provider_id: object.clone(),
            answers,
            text: self.value.words("message")?,
            at: self.value.seconds("created_time"),
        });
        Ok(self.event(&object, self.key(&object), fact))
    }

    fn other(&self) -> InboundEvent {
        let who = self.author.as_ref().map_or(self.page, |author| author.external_id.as_str());
        let lane = lane(&public_namespace(self.page), who);
        other(self.page, self.value, &lane, &format!("{}.{}.{}", self.field, self.item, self.verb))
    }

    fn key(&self, object: &str) -> String {
        format!("{}:{}:{}:{object}:{}", self.field, self.page, self.item, self.verb)
    }

    fn event(&self, object: &str, key: String, fact: Fact) -> InboundEvent {
        let author = self.author(object);
        InboundEvent {
            accounts: vec![self.page.to_owned()],
            key,
            lane: lane(&author.namespace, &author.external_id),
            fact,
        }
    }
}

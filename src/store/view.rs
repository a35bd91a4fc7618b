//! Resources as the API, the events and the webhooks show them. A resource is made without its personal data; what
//! belongs where is kept beside it and filled in when it is shown, so that an erased text is erased everywhere.

mod complaint;
mod consent;
mod conversation;
mod customer;
mod figures;
mod handoff;
mod identity;
mod link;
mod message;
mod task;
mod webhook;

pub use self::complaint::{ComplaintView, PostView, complaint, post};
pub use self::consent::{ConsentView, consent};
pub use self::conversation::{ConversationView, WholeConversation, conversation};
pub use self::customer::{
    ComplaintShort, ConversationShort, CustomerView, IdentityFullView, Suggestion, identity,
};
pub use self::figures::{Counts, DayFigures, HandoffFigures, StepFigures, Times, WayFigures};
pub use self::handoff::{
    HandoffTimeline, HandoffView, NotOffered, OfferedHandoff, StepView, WaysView, handoff, handoff_step,
};
pub use self::identity::{IdentityView, named};
pub use self::link::{Joined, LinkView, link};
pub use self::message::{MessageView, message};
pub use self::task::{TaskView, task};
pub use self::webhook::{WebhookView, webhook};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::content::Content;
use crate::domain::id::BodyId;

/// A resource without its personal data, and where that belongs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resource {
    /// The resource; texts and names are null.
    pub data: Value,
    /// Which body belongs where.
    pub refs: Vec<BodyRef>,
}

/// A place in a resource that a body fills.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BodyRef {
    /// JSON pointer to the object.
    pub at: String,
    /// The body.
    pub body: BodyId,
    /// Which fields it fills.
    pub fill: Fill,
}

/// The fields a body fills.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fill {
    /// `text` and `media`.
    Message,
    /// `text`.
    Post,
    /// `text`, `permalink` and `language`.
    Complaint,
    /// `handle` and `name`.
    Profile,
    /// `note`.
    Note,
}

impl Resource {
    fn of<T: Serialize>(view: &T, refs: Vec<BodyRef>) -> Self {
        Self { data: serde_json::to_value(view).unwrap_or(Value::Null), refs }
    }

    /// The resource with its personal data; what was erased is null beside `"erased": true`.
    #[must_use]
    pub fn fill<'a>(mut self, content: impl Fn(&BodyId) -> Option<&'a Content>) -> Value {
        for place in &self.refs {
            let Some(Value::Object(object)) = self.data.pointer_mut(&place.at) else { continue };
            let Some(content) = content(&place.body) else {
                object.insert("erased".into(), Value::Bool(true));
                continue;
            };
            for (field, value) in place.fill.fields(content) {
                object.insert(field.into(), value);
            }
        }
        self.data
    }
}

impl Fill {
    fn fields(self, content: &Content) -> Vec<(&'static str, Value)> {
        match self {
            Self::Message => vec![("text", json!(content.shown())), ("media", json!(content.media))],
            Self::Post => vec![("text", json!(content.text))],
            Self::Complaint => vec![
                ("text", json!(content.text)),
                ("permalink", json!(content.permalink)),
                ("language", json!(content.language)),
            ],
            Self::Note => vec![("note", json!(content.text))],
            Self::Profile => {
                vec![("handle", json!(content.profile.handle)), ("name", json!(content.profile.name))]
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::Timestamp;

    fn refs() -> Vec<BodyRef> {
        let now = Timestamp::from_millis(0);
        vec![BodyRef { at: "/inner".into(), body: BodyId::new(now, &[1; 10]), fill: Fill::Post }]
    }

    #[test]
    fn a_body_fills_its_place() {
        let resource = Resource { data: json!({"inner": {"text": null}}), refs: refs() };
        let content = Content::message("hello", &[]);
        assert_eq!(resource.fill(|_| Some(&content)), json!({"inner": {"text": "hello"}}));
    }

    #[test]
    fn an_erased_body_is_null_and_says_so() {
        let resource = Resource { data: json!({"inner": {"text": null}}), refs: refs() };
        assert_eq!(resource.fill(|_| None), json!({"inner": {"text": null, "erased": true}}));
    }
}

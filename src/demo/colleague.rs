//! A colleague at the desk: takes every third complaint, invites, answers in private and closes, so that there is
//! something to see on every page. All by the public API.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::{Value, json};

use crate::sandbox::{Api, ApiError};

/// Between two looks at the list.
const LOOK: Duration = Duration::from_secs(3);

/// One of so many complaints is theirs.
const SHARE: usize = 3;

/// So many answers, then the case is closed.
const MOST_ANSWERS: usize = 3;

const ANSWERS: [&str; MOST_ANSWERS] = [
    "Thank you for writing here. I have your case in front of me and am looking into it.",
    "I found what went wrong on our side. It is being put right today.",
    "That is done now. Sorry again for the trouble!",
];

/// One of their cases.
struct Case {
    /// Looks before they turn to it: nobody is at it the moment it comes.
    rest: usize,
    is_invited: bool,
    answers: usize,
}

#[derive(Default)]
struct Colleague {
    seen: BTreeSet<String>,
    cases: BTreeMap<String, Case>,
}

/// Works until dropped.
pub(super) async fn work(api: &Api) {
    let mut colleague = Colleague::default();
    loop {
        tokio::time::sleep(LOOK).await;
        if let Err(why) = colleague.look(api).await {
            tracing::debug!(%why, "the colleague could not go on");
        }
    }
}

impl Colleague {
    async fn look(&mut self, api: &Api) -> Result<(), ApiError> {
        let listed = api.get("/v1/complaints?status=open&limit=50").await?;
        for complaint in listed["data"].as_array().into_iter().flatten().rev() {
            self.take(api, complaint).await?;
        }
        let ids: Vec<String> = self.cases.keys().cloned().collect();
        for id in ids {
            if self.go_on(api, &id).await? {
                self.cases.remove(&id);
            }
        }
        Ok(())
    }

    /// Every third that comes, if nobody has it.
    async fn take(&mut self, api: &Api, complaint: &Value) -> Result<(), ApiError> {
        let id = complaint["id"].as_str().unwrap_or_default();
        if !self.seen.insert(id.to_owned())
            || self.seen.len() % SHARE != 1
            || !complaint["assignee"].is_null()
        {
            return Ok(());
        }
        api.patch(&format!("/v1/complaints/{id}"), &json!({"assignee": "Robin Demo"})).await?;
        self.cases
            .insert(id.to_owned(), Case { rest: 1 + self.seen.len() % 2, is_invited: false, answers: 0 });
        Ok(())
    }

    /// The next step of a case; whether it is over.
    async fn go_on(&mut self, api: &Api, id: &str) -> Result<bool, ApiError> {
        let Some(case) = self.cases.get_mut(id) else { return Ok(true) };
        if case.rest > 0 {
            case.rest -= 1;
            return Ok(false);
        }
        if !case.is_invited {
            case.is_invited = true;
            let invited = api.post(&format!("/v1/complaints/{id}/handoffs"), &signed(json!({}))).await;
            return over_if_refused(invited);
        }
        let complaint = api.get(&format!("/v1/complaints/{id}")).await?;
        let (state, talk) = (complaint["handoff"]["state"].as_str(), complaint["conversation_id"].as_str());
        let (Some("active"), Some(talk)) = (state, talk) else { return Ok(state.is_none_or(has_ended)) };
        let newest = api.get(&format!("/v1/conversations/{talk}/messages?limit=1&sort=desc")).await?;
        if newest["data"][0]["direction"] != "in" {
            return Ok(false);
        }
        let text = json!({"text": ANSWERS[case.answers]});
        let sent = api.post(&format!("/v1/conversations/{talk}/messages"), &signed(text)).await;
        case.answers += 1;
        if case.answers < MOST_ANSWERS {
            return over_if_refused(sent);
        }
        api.patch(&format!("/v1/complaints/{id}"), &json!({"status": "resolved"})).await?;
        Ok(true)
    }
}

fn signed(mut body: Value) -> Value {
    body["agent"] = json!({"name": "Robin Demo", "initials": "RD"});
    body
}

/// Whether nothing more comes of a handoff.
fn has_ended(state: &str) -> bool {
    matches!(state, "refused" | "expired" | "withdrawn" | "unlinked" | "ended" | "cancelled")
}

/// What the service refuses is left to others.
fn over_if_refused(answer: Result<Value, ApiError>) -> Result<bool, ApiError> {
    match answer {
        Err(ApiError::Refused { .. }) => Ok(true),
        answer => answer.map(|_| false),
    }
}

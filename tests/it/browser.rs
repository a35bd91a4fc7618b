//! The console in a real browser against the real service and the simulated providers.

mod accessibility;
mod consent;
mod demo;
mod handoffs;
mod keyboard;
mod operations;
mod story;
mod together;

use serde_json::json;

use crate::support::browser::{Browser, Screen};
use crate::support::engines::Engine;
use crate::support::sandbox::Sandbox;
use crate::support::service::Service;
use crate::support::until;

const PHONE: &str = "+12025550143";

/// A service with a brand, the providers and somebody at the desk.
struct Stage {
    service: Service,
    sandbox: Sandbox,
}

impl Stage {
    async fn set() -> Self {
        let service = Service::start(Engine::Sqlite).await;
        let brand = json!({"brand": "Example Co", "privacy_url": "https://example.com/privacy"});
        let (status, body) = service.call("PATCH", "/v1/workspace", Some(brand)).await;
        assert_eq!(status, 200, "{body}");
        let sandbox = Sandbox::beside(&service);
        Self { service, sandbox }
    }

    /// Somebody's browser with the console open and their name in it.
    async fn desk(&self, screen: Screen, (name, initials): (&str, &str)) -> Browser {
        let browser = Browser::beside(&self.service, screen).await;
        browser.open_console().await;
        browser.see("h1", "Inbox").await;
        if screen == Screen::Phone {
            browser.click("#more", "").await;
            browser.click(".menu button", "Who signs").await;
        } else {
            browser.click("#signer", "").await;
        }
        browser.write("dialog input[autocomplete=name]", name).await;
        browser.write("dialog input.short", initials).await;
        browser.click("dialog button", "Keep").await;
        browser.miss("dialog", "").await;
        browser
    }

    /// A customer complains on X; the id of the post.
    async fn complain(&self, who: &str, text: &str) -> String {
        let post =
            json!({"act": "post", "from": who, "text": format!("@SandboxBrand {text}"), "language": "en"});
        self.sandbox.act("x", post).await
    }

    /// Everything said under a post, as `author: text`.
    async fn thread(&self, post: &str) -> Vec<String> {
        let shown = self.sandbox.get(&format!("/x/threads/{post}")).await;
        let lines = shown["posts"].as_array().unwrap().iter();
        lines
            .map(|one| format!("{}: {}", one["author"].as_str().unwrap(), one["text"].as_str().unwrap()))
            .collect()
    }

    /// A customer complains on X and is led to a phone: the id of the complaint.
    async fn lead(&self, who: &str, phone: &str, text: &str) -> String {
        let complaint = self.invite(who, text).await;
        self.sandbox.write("x", who, "Here I am").await;
        let token = self.token(who).await;
        self.sandbox.write("twilio", phone, &token).await;
        let handoffs = format!("/v1/handoffs?complaint_id={complaint}&state=active");
        until("the conversation", || async {
            !self.service.get(&handoffs).await["data"].as_array().unwrap().is_empty()
        })
        .await;
        complaint
    }

    /// A customer complains on X and is invited by text: the id of the complaint.
    async fn invite(&self, who: &str, text: &str) -> String {
        self.complain(who, text).await;
        let found = || async {
            let list = self.service.get("/v1/complaints?limit=200").await;
            let all = list["data"].as_array().unwrap().clone();
            all.iter().find(|one| one["identity"]["handle"] == who)?["id"].as_str().map(str::to_owned)
        };
        until("the complaint", || async { found().await.is_some() }).await;
        let complaint = found().await.unwrap();
        let offer = format!("/v1/complaints/{complaint}/handoffs");
        self.service.post(&offer, json!({"to": ["sms"], "agent": {"name": "Ada B", "initials": "AB"}})).await;
        complaint
    }

    /// What the customer was told to text, out of their private messages.
    async fn token(&self, who: &str) -> String {
        let asked = |lines: Vec<String>| {
            let at = lines
                .iter()
                .rev()
                .find_map(|line| line.split_once("text JOIN ").map(|(_, rest)| rest.to_owned()))?;
            at.split_whitespace().next().map(|token| format!("JOIN {token}"))
        };
        let inbox = || async { asked(self.sandbox.inbox("x", who).await) };
        until("a token", || async { inbox().await.is_some() }).await;
        inbox().await.unwrap()
    }
}

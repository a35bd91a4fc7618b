//! Wake-ups between processes, over Redis publish and subscribe. One that is lost costs a polling interval.

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use redis::aio::{ConnectionManager, PubSub};
use redis::{AsyncCommands, Client, RedisResult};
use tokio::time::{sleep, timeout};

use super::bells::{Bells, Wake, Waker};
use super::outage::Outage;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// Who speaks where.
#[derive(Clone, Debug)]
pub(super) struct Line {
    pub(super) channel: String,
    pub(super) replica: String,
    pub(super) outage: Arc<Outage>,
}

impl Line {
    /// Tells the other replicas whenever `waker` is woken.
    pub(super) async fn tell(self, mut connection: ConnectionManager, wake: Wake, mut waker: Waker) {
        let letter = format!("{} {}", self.replica, wake.word());
        loop {
            waker.woken().await;
            match connection.publish::<_, _, ()>(&self.channel, &letter).await {
                Ok(()) => self.outage.ended(),
                Err(why) => self.outage.began(&why),
            }
        }
    }

    /// Rings the bells for what the other replicas tell, and connects again whenever the line breaks.
    pub(super) async fn listen(self, client: Client, bells: Bells) {
        let mut pause = FIRST_PAUSE;
        loop {
            match timeout(CONNECT_TIMEOUT, self.subscribe(&client)).await {
                Ok(Ok(heard)) => {
                    pause = FIRST_PAUSE;
                    self.hear(heard, &bells).await;
                    self.outage.began(&"the subscription broke");
                }
                Ok(Err(why)) => self.outage.began(&why),
                Err(late) => self.outage.began(&late),
            }
            sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    async fn subscribe(&self, client: &Client) -> RedisResult<PubSub> {
        let mut heard = client.get_async_pubsub().await?;
        heard.subscribe(&self.channel).await?;
        Ok(heard)
    }

    async fn hear(&self, heard: PubSub, bells: &Bells) {
        self.outage.ended();
        // Whatever was told while nobody listened here.
        bells.ring_all();
        let mut letters = heard.into_on_message();
        while let Some(letter) = letters.next().await {
            let text: String = letter.get_payload().unwrap_or_default();
            if let Some(wake) = self.read(&text) {
                bells.ring(wake);
            }
        }
    }

    /// What another replica told; our own words come back too.
    fn read(&self, letter: &str) -> Option<Wake> {
        let (replica, word) = letter.split_once(' ')?;
        let is_known = |wake: &Wake| wake.word() == word;
        if replica == self.replica { None } else { Wake::ALL.into_iter().find(is_known) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_others_are_understood_and_our_own_passed_over() {
        let line = Line { channel: String::new(), replica: "me".into(), outage: Arc::default() };
        assert_eq!(line.read("you deliveries"), Some(Wake::Deliveries));
        assert_eq!(line.read("me deliveries"), None);
        assert_eq!(line.read("you teapot"), None);
        assert_eq!(line.read("gibberish"), None);
    }
}

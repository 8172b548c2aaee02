//! Answers as JSON, written while they are read: a group of 100,000 members is never in memory at once.

use std::collections::VecDeque;
use std::error::Error;

use bytes::Bytes;
use futures_util::stream;
use http_body::Frame;
use http_body_util::{BodyExt, Either, Full, StreamBody};
use serde::Serialize;
use serde_json::Value;

use crate::flow::{Listed, MemberPages};
use crate::http::respond::OurBody;
use crate::model::object::Object;
use crate::store::StoreError;

/// From how many octets on a chunk is handed over.
const CHUNK: usize = 64 * 1024;

/// What is still to be written.
enum Part {
    Text(&'static str),
    Resource(Box<Listed>),
    /// The members of a group behind its first page.
    Members(Box<MemberPages>),
}

/// Writes parts one after the other.
pub(super) struct Writer {
    parts: VecDeque<Part>,
    buffer: Vec<u8>,
}

impl Writer {
    /// One resource.
    pub(super) fn resource(listed: Listed) -> Self {
        Self { parts: VecDeque::from([Part::Resource(Box::new(listed))]), buffer: Vec::new() }
    }

    /// A list of resources, behind the rest of its envelope.
    pub(super) fn list(envelope: &Object, name: &str, resources: Vec<Listed>) -> Self {
        let mut buffer = open(envelope);
        push(&mut buffer, name);
        buffer.extend_from_slice(b":[");
        let mut parts = VecDeque::new();
        for (place, listed) in resources.into_iter().enumerate() {
            if place > 0 {
                parts.push_back(Part::Text(","));
            }
            parts.push_back(Part::Resource(Box::new(listed)));
        }
        parts.push_back(Part::Text("]}"));
        Self { parts, buffer }
    }

    /// The whole body if it is short, else its beginning and a promise of the rest. An error that comes later breaks
    /// the body off, so that no client takes it for whole.
    pub(super) async fn body(mut self) -> Result<OurBody, StoreError> {
        let first = self.chunk().await?;
        if self.parts.is_empty() {
            return Ok(Either::Left(Full::new(first)));
        }
        let chunks = stream::unfold((Some(first), Some(self)), |(first, writer)| async move {
            if let Some(first) = first {
                return Some((Ok(Frame::data(first)), (None, writer)));
            }
            let mut writer = writer.filter(|writer| !writer.parts.is_empty())?;
            match writer.chunk().await {
                Ok(chunk) => Some((Ok(Frame::data(chunk)), (None, Some(writer)))),
                Err(error) => {
                    tracing::error!(error = &error as &(dyn Error + 'static), "an answer was broken off");
                    Some((Err(Box::new(error) as Box<dyn Error + Send + Sync>), (None, None)))
                }
            }
        });
        Ok(Either::Right(StreamBody::new(chunks).boxed_unsync()))
    }

    async fn chunk(&mut self) -> Result<Bytes, StoreError> {
        while self.buffer.len() < CHUNK {
            let Some(part) = self.parts.pop_front() else { break };
            self.write(part).await?;
        }
        Ok(Bytes::from(std::mem::take(&mut self.buffer)))
    }

    async fn write(&mut self, part: Part) -> Result<(), StoreError> {
        match part {
            Part::Text(text) => self.buffer.extend_from_slice(text.as_bytes()),
            Part::Resource(listed) => {
                let Listed { resource, members } = *listed;
                let Some(mut pages) = members else {
                    push(&mut self.buffer, &resource);
                    return Ok(());
                };
                let page = pages.next().await?.unwrap_or_default();
                if page.is_empty() {
                    push(&mut self.buffer, &resource);
                    return Ok(());
                }
                self.buffer.extend(open(&resource));
                self.buffer.extend_from_slice(b"\"members\":[");
                self.elements(&page, true);
                self.rest(pages);
            }
            Part::Members(mut pages) => {
                let page = pages.next().await?.unwrap_or_default();
                self.elements(&page, false);
                self.rest(*pages);
            }
        }
        Ok(())
    }

    fn elements(&mut self, elements: &[Value], mut is_first: bool) {
        for element in elements {
            if !std::mem::take(&mut is_first) {
                self.buffer.push(b',');
            }
            push(&mut self.buffer, element);
        }
    }

    fn rest(&mut self, pages: MemberPages) {
        if pages.is_done() {
            self.buffer.extend_from_slice(b"]}");
        } else {
            self.parts.push_front(Part::Members(Box::new(pages)));
        }
    }
}

/// An object that is still open for one more member.
fn open(object: &Object) -> Vec<u8> {
    let mut text = Vec::new();
    push(&mut text, object);
    text.pop();
    if !object.is_empty() {
        text.push(b',');
    }
    text
}

fn push<T: Serialize + ?Sized>(buffer: &mut Vec<u8>, value: &T) {
    // JSON of JSON into memory: there is nothing that could fail.
    let written = serde_json::to_writer(buffer, value);
    debug_assert!(written.is_ok(), "{written:?}");
}

//! The threads that own the connections: one writes, some read, and one looks after calls that wait too long.
//!
//! A call goes to a thread as a closure and is run there to its end, so a future that is dropped leaves nothing half done.
//! The writer puts the calls that wait into one transaction, each behind a savepoint of its own, and answers them when it
//! has been committed: under load, many share the wait for the disk.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, mpsc};
use std::time::Duration;

use rusqlite::Connection;
use tokio::sync::{oneshot, watch};

use crate::store::StoreError;

use super::file::{File, Role};
use super::options::SqliteOptions;
use super::outcome::Outcome;
use super::queue::Queue;
use super::{Answer, Fault, OpenError, schema};

/// How many calls share a transaction at most.
const BATCH: usize = 64;
/// How often it is looked at least whether calls wait too long.
const TICK: Duration = Duration::from_millis(10);

/// Says whether the connection is still good.
type ReadJob = Box<dyn FnOnce(Answer<&Connection>) -> bool + Send>;
/// Tells the caller what came of it, once the transaction was committed or not.
type Deliver = Box<dyn FnOnce(Option<StoreError>) + Send>;

trait WriteJob: Send {
    /// Whether what it did is to be kept, and how to tell the caller.
    fn run(self: Box<Self>, connection: &Connection) -> (Answer<bool>, Deliver);
    fn fail(self: Box<Self>, error: StoreError);
    /// Whether nobody waits for it any more.
    fn is_forgotten(&self) -> bool;
}

struct Call<T, F> {
    work: F,
    answer: oneshot::Sender<Result<T, StoreError>>,
}

impl<T, F> WriteJob for Call<T, F>
where
    T: Outcome,
    F: FnOnce(&Connection) -> Answer<T> + Send + 'static,
{
    fn run(self: Box<Self>, connection: &Connection) -> (Answer<bool>, Deliver) {
        let Self { work, answer } = *self;
        match work(connection) {
            Ok(value) => {
                let is_kept = value.is_kept();
                let deliver = move |error: Option<StoreError>| drop(answer.send(error.map_or(Ok(value), Err)));
                (Ok(is_kept), Box::new(deliver))
            }
            Err(fault) => (Err(fault), Box::new(move |error| drop(error.map(|error| answer.send(Err(error)))))),
        }
    }

    fn fail(self: Box<Self>, error: StoreError) {
        // Nobody listens any more: nothing was done, as promised.
        let _ = self.answer.send(Err(error));
    }

    fn is_forgotten(&self) -> bool {
        self.answer.is_closed()
    }
}

/// The ends of the threads that callers hold. The threads stop when it is dropped, after what they have been given.
pub(super) struct Workers {
    writes: Arc<Queue<Box<dyn WriteJob>>>,
    reads: Arc<Queue<ReadJob>>,
    /// Dropped with this, which ends the thread that watches.
    _watch: mpsc::Sender<()>,
    /// Open for as long as the thread that writes has the file.
    file: watch::Receiver<()>,
}

impl Workers {
    /// Opens the file and starts the threads.
    pub(super) async fn start(options: SqliteOptions) -> Result<Self, OpenError> {
        let (file, until_closed) = watch::channel(());
        let (watch, until_dropped) = mpsc::channel::<()>();
        let workers = Self { writes: Arc::default(), reads: Arc::default(), _watch: watch, file: until_closed };
        let options = Arc::new(options);
        let readers = Arc::<Readers>::default();
        let (opened, is_open) = oneshot::channel();
        {
            let (options, writes, readers) = (options.clone(), workers.writes.clone(), readers.clone());
            spawn("writer", move || {
                match File::prepare(&options) {
                    Ok(file) => {
                        if opened.send(Ok(())).is_ok() {
                            let line = write_always(&options, file, &writes);
                            // The last one to close takes the log into the file, and of two at once neither would.
                            readers.wait_for_the_last(options.patience);
                            drop(line);
                        }
                    }
                    Err(error) => drop(opened.send(Err(error))),
                }
                drop(file);
            })?;
        }
        is_open.await.unwrap_or_else(|_| Err(OpenError::Sqlite("the thread that writes has ended".into())))?;
        for _ in 0..options.readers.clamp(1, 64) {
            let (options, reads, reader) = (options.clone(), workers.reads.clone(), Readers::join(&readers));
            spawn("reader", move || {
                read_always(&options, &reads);
                drop(reader);
            })?;
        }
        let (writes, reads) = (workers.writes.clone(), workers.reads.clone());
        spawn("watch", move || {
            let tick = (options.patience / 8).max(TICK);
            while until_dropped.recv_timeout(tick) == Err(mpsc::RecvTimeoutError::Timeout) {
                for job in writes.overdue(options.patience) {
                    job.fail(Fault::Overloaded.into());
                }
                for job in reads.overdue(options.patience) {
                    job(Err(Fault::Overloaded));
                }
            }
        })?;
        Ok(workers)
    }

    /// Runs this on the thread that writes. What it does is kept if the answer [says so](Outcome).
    pub(super) async fn write<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Outcome,
        F: FnOnce(&Connection) -> Answer<T> + Send + 'static,
    {
        let (answer, result) = oneshot::channel();
        if let Err(job) = self.writes.push(Box::new(Call { work, answer })) {
            job.fail(Fault::Overloaded.into());
        }
        result.await.unwrap_or_else(|_| Err(ended()))
    }

    /// Runs this on a thread that reads. All that it reads is of one moment.
    pub(super) async fn read<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Answer<T> + Send + 'static,
    {
        let (answer, result) = oneshot::channel::<Answer<T>>();
        let job = move |connection: Answer<&Connection>| {
            let done = if answer.is_closed() { return true } else { connection.and_then(work) };
            let is_sound = !done.as_ref().is_err_and(Fault::spoils_connection);
            drop(answer.send(done));
            is_sound
        };
        if let Err(job) = self.reads.push(Box::new(job)) {
            job(Err(Fault::Overloaded));
        }
        result.await.map_or_else(|_| Err(ended()), |answer| answer.map_err(StoreError::from))
    }
}

impl Workers {
    /// Takes no more calls.
    fn end(&self) {
        self.writes.close();
        self.reads.close();
    }

    /// Takes no more calls, and waits until those that wait are done and the file is closed.
    pub(super) async fn close(&self) {
        self.end();
        let mut file = self.file.clone();
        while file.changed().await.is_ok() {}
    }
}

impl Drop for Workers {
    fn drop(&mut self) {
        self.end();
    }
}

/// How many threads read.
#[derive(Default)]
struct Readers {
    count: Mutex<usize>,
    gone: Condvar,
}

/// One of them.
struct Reader(Arc<Readers>);

impl Readers {
    fn count(&self) -> MutexGuard<'_, usize> {
        self.count.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn join(this: &Arc<Self>) -> Reader {
        let mut count = this.count();
        *count = count.saturating_add(1);
        Reader(this.clone())
    }

    fn wait_for_the_last(&self, patience: Duration) {
        drop(self.gone.wait_timeout_while(self.count(), patience, |count| *count > 0));
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        let mut count = self.0.count();
        *count = count.saturating_sub(1);
        self.0.gone.notify_all();
    }
}

fn ended() -> StoreError {
    StoreError::unavailable("the threads of the file have ended")
}

fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> std::io::Result<()> {
    std::thread::Builder::new().name(format!("vestibule-sqlite-{name}")).spawn(work).map(drop)
}

/// A connection that is opened again when it has to be.
struct Line<'a> {
    options: &'a SqliteOptions,
    role: Role,
    file: Option<File>,
}

impl Line<'_> {
    fn connection(&mut self) -> Answer<&Connection> {
        if let Some(file) = &self.file
            && !file.is_in_place(&self.options.path)?
        {
            self.file = None;
        }
        let file = match self.file.take() {
            Some(file) => file,
            None => File::reopen(self.options, self.role).map_err(Fault::Reopen)?,
        };
        Ok(self.file.insert(file).connection())
    }

    fn look_at(&mut self, fault: &Fault) {
        if fault.spoils_connection() {
            self.file = None;
        }
    }
}

fn read_always(options: &SqliteOptions, queue: &Queue<ReadJob>) {
    let mut line = Line { options, role: Role::Reader, file: None };
    while let Some(job) = queue.take() {
        let is_sound = match line.connection() {
            Ok(connection) => {
                // A panic is one caller's misfortune, who is told that there is no answer; the thread goes on.
                let is_sound = catch_unwind(AssertUnwindSafe(|| job(begin(connection, "BEGIN")))).unwrap_or(false);
                is_sound && !connection.is_autocommit() && connection.execute_batch("COMMIT").is_ok()
            }
            Err(fault) => {
                line.look_at(&fault);
                job(Err(fault));
                continue;
            }
        };
        if !is_sound {
            line.file = None;
        }
    }
}

fn begin<'a>(connection: &'a Connection, how: &str) -> Answer<&'a Connection> {
    connection.prepare_cached(how)?.execute([])?;
    // A newer program may have changed the file under this one, which then has to keep its hands off.
    let mut version = connection.prepare_cached("PRAGMA user_version")?;
    match version.query_row([], |row| row.get::<_, i32>(0))? {
        schema::LATEST => Ok(connection),
        received => Err(Fault::Reopen(OpenError::Newer { received, known: schema::LATEST })),
    }
}

fn write_always<'a>(options: &'a SqliteOptions, file: File, queue: &Queue<Box<dyn WriteJob>>) -> Line<'a> {
    let mut line = Line { options, role: Role::Writer, file: Some(file) };
    while let Some(job) = queue.take() {
        if job.is_forgotten() {
            continue;
        }
        let begun = line.connection().and_then(|connection| begin(connection, "BEGIN IMMEDIATE"));
        match begun {
            Ok(connection) => {
                let mut answers = Vec::new();
                let done = batch(connection, job, queue, &mut answers);
                let error = done.as_ref().err();
                for (own, deliver) in answers {
                    deliver(own.or_else(|| error.map(again)));
                }
                if let Err(fault) = &done {
                    line.look_at(fault);
                }
            }
            Err(fault) => {
                line.look_at(&fault);
                job.fail(fault.into());
            }
        }
    }
    line
}

/// Runs a call, and those that wait, and commits. Of each: its own error, or how to tell its caller of the commit's.
fn batch(
    connection: &Connection,
    first: Box<dyn WriteJob>,
    queue: &Queue<Box<dyn WriteJob>>,
    answers: &mut Vec<(Option<StoreError>, Deliver)>,
) -> Answer<()> {
    let run = |job: Box<dyn WriteJob>, answers: &mut Vec<(Option<StoreError>, Deliver)>| -> Answer<()> {
        let sql = |text: &str| connection.prepare_cached(text)?.execute([]).map(drop);
        if let Err(error) = sql("SAVEPOINT call") {
            job.fail(Fault::Sql(error).into());
            return Err(Fault::Undone);
        }
        let Ok((done, deliver)) = catch_unwind(AssertUnwindSafe(|| job.run(connection))) else {
            return Err(Fault::Panicked);
        };
        let (is_kept, own) = match done {
            Ok(is_kept) => (is_kept, None),
            Err(fault) => (false, Some(fault.into())),
        };
        answers.push((own, deliver));
        if connection.is_autocommit() {
            // A full disk, for one, undoes the whole transaction.
            return Err(Fault::Undone);
        }
        if !is_kept {
            sql("ROLLBACK TO call")?;
        }
        sql("RELEASE call")?;
        Ok(())
    };
    let all = (|| {
        run(first, answers)?;
        while answers.len() < BATCH
            && let Some(job) = queue.try_take()
        {
            if !job.is_forgotten() {
                run(job, answers)?;
            }
        }
        connection.prepare_cached("COMMIT")?.execute([])?;
        Ok(())
    })();
    if all.is_err() && !connection.is_autocommit() {
        // If this fails, too, the connection is closed, which undoes it.
        let _ = connection.execute_batch("ROLLBACK");
    }
    all
}

/// The same fault, for another caller.
fn again(fault: &Fault) -> StoreError {
    match fault {
        Fault::Sql(rusqlite::Error::SqliteFailure(code, _)) => {
            Fault::Sql(rusqlite::Error::SqliteFailure(*code, None)).into()
        }
        _ => Fault::Undone.into(),
    }
}

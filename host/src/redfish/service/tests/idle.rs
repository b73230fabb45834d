//! Connections that the service closes while nobody uses them.

use super::*;
use crate::redfish::Write;

/// A service that answers one request a connection and hangs up at the next one on it,
/// as one does whose patience ends while that is on its way. Also what it has done.
async fn impatient() -> (Service, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let done = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&done);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let log = Arc::clone(&log);
            tokio::spawn(async move {
                let mut request = [0; 4096];
                let read = stream.read(&mut request).await.unwrap();
                let text = String::from_utf8_lossy(&request[..read]).into_owned();
                let line = text.lines().next().unwrap_or_default();
                let asked = line.rsplit_once(' ').map_or(line, |(asked, _)| asked);
                log.lock().unwrap().push(asked.to_owned());
                let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n{\"Id\": \"1\"}";
                stream.write_all(answer).await.unwrap();
                let _ = stream.read(&mut request).await;
            });
        }
    });
    let service = Service::new(ServiceSettings::new(url.parse().unwrap())).unwrap();
    (service, done)
}

#[tokio::test]
async fn a_read_is_sent_again_and_a_write_has_a_connection_of_its_own() {
    let (service, done) = impatient().await;
    for _ in 0..3 {
        service.fetch(&system()).await.unwrap();
    }
    let path = system();
    let body = json!({"ResetType": "On"});
    for _ in 0..3 {
        let written = service.write(Write::post(&path, &body)).await;
        assert!(written.is_ok(), "{written:?}");
        service.fetch(&path).await.unwrap();
    }
    let done = done.lock().unwrap().clone();
    let posted = done.iter().filter(|asked| asked.starts_with("POST"));
    assert_eq!(posted.count(), 3, "{done:?}");
    assert_eq!(done.len(), 9, "{done:?}");
}

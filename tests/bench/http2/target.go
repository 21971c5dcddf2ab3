// Handlers that note when they were entered, over TLS by whichever HTTP the client chooses. The third port tells the
// instants (nanoseconds since it began), and forgets them. Prints the ports; the first two are the same.
package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"
)

var (
	began  = time.Now()
	lock   sync.Mutex
	stamps []string
)

func enter(w http.ResponseWriter, r *http.Request) {
	entered := strconv.FormatInt(int64(time.Since(began)), 10)
	lock.Lock()
	stamps = append(stamps, entered)
	lock.Unlock()
	io.Copy(io.Discard, r.Body)
	w.WriteHeader(202)
}

func tell(w http.ResponseWriter, r *http.Request) {
	lock.Lock()
	defer lock.Unlock()
	json.NewEncoder(w).Encode(stamps)
	stamps = []string{}
}

func listen() (net.Listener, int) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	return listener, listener.Addr().(*net.TCPAddr).Port
}

func main() {
	key, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	template := x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(24 * time.Hour)}
	der, _ := x509.CreateCertificate(rand.Reader, &template, &template, &key.PublicKey, key)
	certificate := tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
	door, port := listen()
	back, told := listen()
	fmt.Println(port, port, told)
	go http.Serve(back, http.HandlerFunc(tell))
	server := http.Server{Handler: http.HandlerFunc(enter),
		TLSConfig: &tls.Config{Certificates: []tls.Certificate{certificate}}, ErrorLog: log.New(io.Discard, "", 0)}
	log.Fatal(server.ServeTLS(door, "", ""))
}

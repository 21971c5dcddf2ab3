// Handlers that note when they were entered, over TLS by whichever HTTP the client chooses. The third port tells the
// instants (nanoseconds since it began) and how many got a coupon, and forgets both. Prints the ports; the first two are
// the same.
//
// ?window=NS&limit=N there makes a shop of it that looks whether anything is left of N, and counts NS nanoseconds later.
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
	"sync/atomic"
	"time"
)

var (
	began  = time.Now()
	lock   sync.Mutex
	stamps []int64
	issued atomic.Int64
	window atomic.Int64
	limit  atomic.Int64
)

func enter(w http.ResponseWriter, r *http.Request) {
	entered := int64(time.Since(began))
	lock.Lock()
	stamps = append(stamps, entered)
	lock.Unlock()
	if won() {
		w.WriteHeader(202)
	} else {
		w.WriteHeader(410)
	}
}

func won() bool {
	span := time.Duration(window.Load())
	if span < 0 {
		return true
	}
	looked := time.Now()
	left := issued.Load() < limit.Load()
	for time.Since(looked) < span {
	}
	if left {
		issued.Add(1)
	}
	return left
}

func tell(w http.ResponseWriter, r *http.Request) {
	lock.Lock()
	defer lock.Unlock()
	json.NewEncoder(w).Encode(map[string]any{"stamps": stamps, "issued": issued.Swap(0)})
	stamps = []int64{}
	asked := r.URL.Query()
	if span, err := strconv.ParseInt(asked.Get("window"), 10, 64); err == nil {
		window.Store(span)
	}
	if most, err := strconv.ParseInt(asked.Get("limit"), 10, 64); err == nil {
		limit.Store(most)
	}
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
	window.Store(-1)
	door, port := listen()
	back, told := listen()
	fmt.Println(port, port, told)
	go http.Serve(back, http.HandlerFunc(tell))
	server := http.Server{Handler: http.HandlerFunc(enter),
		TLSConfig: &tls.Config{Certificates: []tls.Certificate{certificate}}, ErrorLog: log.New(io.Discard, "", 0)}
	log.Fatal(server.ServeTLS(door, "", ""))
}

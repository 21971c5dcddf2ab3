// A coupon shop of the standard library, which speaks HTTP/2 in TLS by itself. Coupons are lines of a file.
//
// shop right: taking one is looking and counting under one lock. shop races: it looks, asks somebody about the user,
// and counts then.
package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"log"
	"math/big"
	"net/http"
	"os"
	"sync"
	"time"
)

type shop struct {
	lock  sync.Mutex
	left  int
	races bool
	file  *os.File
}

func (s *shop) look() bool {
	s.lock.Lock()
	defer s.lock.Unlock()
	return s.left > 0
}

func (s *shop) take(user string) bool {
	if s.races && !s.look() {
		return false
	}
	if s.races {
		time.Sleep(2 * time.Millisecond)
	}
	s.lock.Lock()
	defer s.lock.Unlock()
	if s.left <= 0 && !s.races {
		return false
	}
	s.left--
	fmt.Fprintln(s.file, user)
	return true
}

func (s *shop) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("X-Entered", fmt.Sprint(time.Now().UnixNano()))
	if r.ProtoMajor != 2 {
		http.Error(w, "HTTP/2, please", http.StatusHTTPVersionNotSupported)
	} else if s.take(r.URL.Query().Get("user")) {
		w.WriteHeader(http.StatusCreated)
	} else {
		w.WriteHeader(http.StatusConflict)
	}
}

func certificate() tls.Certificate {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		log.Fatal(err)
	}
	template := x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, &template, &template, &key.PublicKey, key)
	if err != nil {
		log.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

func main() {
	file, err := os.Create(os.Args[2])
	if err != nil {
		log.Fatal(err)
	}
	fmt.Fprintln(file, "user_id")
	limit := 100
	fmt.Sscan(os.Getenv("LIMIT"), &limit)
	server := http.Server{
		Addr:      "127.0.0.1:" + os.Getenv("PORT"),
		Handler:   &shop{left: limit, races: os.Args[1] == "races", file: file},
		TLSConfig: &tls.Config{Certificates: []tls.Certificate{certificate()}},
		ErrorLog:  log.New(os.Stdout, "", 0),
	}
	log.Fatal(server.ListenAndServeTLS("", ""))
}

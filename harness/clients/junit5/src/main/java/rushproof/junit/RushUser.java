package rushproof.junit;

/**
 * Somebody whom a check names.
 *
 * @param id   what the service calls the user; empty: a row or record that is nobody's
 * @param said what was seen: {@code user 18 (released 1.20 ms, done 4.41 ms): accepted, no coupon}
 */
public record RushUser(String id, String said) {
}

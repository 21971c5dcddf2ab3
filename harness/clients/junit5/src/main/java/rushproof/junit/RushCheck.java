package rushproof.junit;

import java.util.List;
import org.opentest4j.AssertionFailedError;

/**
 * What one check came to.
 *
 * @param name     as in every report of rushproof: {@code lost}, {@code sql: paid orders}
 * @param verdict  {@code pass}, {@code fail} or {@code unknown}
 * @param expected what had to be; may be empty
 * @param actual   what was; may be empty
 * @param message  the same for people
 * @param hint     what to do next; may be empty
 * @param title    the field's term for it: {@code lost writes}
 * @param users    whom it names
 * @param report   the page that explains it
 */
public record RushCheck(String name, String verdict, String expected, String actual, String message, String hint,
        String title, List<RushUser> users, String report) {
    private static final int USERS_SHOWN = 10;

    public boolean passed() {
        return verdict.equals("pass");
    }

    String displayName() {
        return title.isEmpty() ? name : name + ": " + title;
    }

    /** The check, its users and where to read on. */
    public String describe() {
        StringBuilder text = new StringBuilder(name).append(": ").append(verdict).append(": ").append(message);
        users.stream().limit(USERS_SHOWN).forEach(user -> text.append("\n  ").append(user.said()));
        if (users.size() > USERS_SHOWN) {
            text.append("\n  … and ").append(users.size() - USERS_SHOWN).append(" more");
        }
        if (!hint.isEmpty()) {
            text.append('\n').append(hint);
        }
        return text.append("\nreport: ").append(report).toString();
    }

    /** Throws unless it passed: an assertion that failed, or an error when nothing is known. */
    public void assertPassed() {
        if (passed()) {
            return;
        }
        if (!verdict.equals("fail")) {
            throw new RushUnknownException(describe());
        }
        throw expected.isEmpty() && actual.isEmpty()
                ? new AssertionFailedError(describe())
                : new AssertionFailedError(describe(), expected, actual);
    }
}

package rushproof.junit;

/** The run proves nothing, neither that the service is right nor that it is wrong. */
public final class RushUnknownException extends RuntimeException {
    private static final long serialVersionUID = 1;

    RushUnknownException(String message) {
        super(message);
    }
}

import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ScramCredentialInfo;
import org.apache.kafka.clients.admin.ScramMechanism;
import org.apache.kafka.clients.admin.UserScramCredentialUpsertion;

/** ScramUser BROKERS NAME PASSWORD: lets somebody in by SCRAM-SHA-256. */
class ScramUser {
    public static void main(String[] words) throws Exception {
        var info = new ScramCredentialInfo(ScramMechanism.SCRAM_SHA_256, 4096);
        try (var admin = Admin.create(Map.<String, Object>of("bootstrap.servers", words[0]))) {
            admin.alterUserScramCredentials(List.of(new UserScramCredentialUpsertion(words[1], info, words[2]))).all().get();
        }
    }
}

import java.io.ByteArrayInputStream;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.Security;
import java.security.cert.CertPathValidator;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Date;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.cms.CMSProcessableByteArray;
import org.bouncycastle.cms.CMSSignedData;
import org.bouncycastle.cms.CMSSignedDataGenerator;
import org.bouncycastle.cms.SignerInformation;
import org.bouncycastle.cms.jcajce.JcaSignerInfoGeneratorBuilder;
import org.bouncycastle.cms.jcajce.JcaSimpleSignerInfoVerifierBuilder;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.operator.ContentSigner;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.operator.jcajce.JcaDigestCalculatorProviderBuilder;

/**
 * A second opinion on the simulator's signatures.
 *
 * <p>verify AT(epoch ms) CI (ROOT SIGNED CONTENT)...: one line a message, "ok" with the VID in hex, or why not.
 *
 * <p>make (CONTENT OUT)...: signs the content as BouncyCastle does by default.
 */
public class Judge {
    public static void main(String[] args) throws Exception {
        Security.addProvider(new BouncyCastleProvider());
        if (args[0].equals("make")) {
            for (int i = 1; i < args.length; i += 2) {
                make(Path.of(args[i]), Path.of(args[i + 1]));
            }
            return;
        }
        Date at = new Date(Long.parseLong(args[1]));
        byte[] ci = Base64.getDecoder().decode(args[2]);
        for (int i = 3; i < args.length; i += 3) {
            X509Certificate root = certificate(Files.readAllBytes(Path.of(args[i])));
            System.out.println(verify(root, at, ci, Path.of(args[i + 1]), Path.of(args[i + 2])));
        }
    }

    static String verify(X509Certificate root, Date at, byte[] ci, Path signed, Path content) throws Exception {
        byte[] raw = Files.readAllBytes(signed);
        CMSSignedData data = new CMSSignedData(raw);
        if (!Arrays.equals((byte[]) data.getSignedContent().getContent(), Files.readAllBytes(content))) {
            return "content differs";
        }
        if (!Arrays.equals(data.getEncoded(), raw)) {
            return "encoding differs from what BouncyCastle writes back";
        }
        if (data.getSignerInfos().size() != 1) {
            return "not one signer";
        }
        SignerInformation signer = data.getSignerInfos().getSigners().iterator().next();
        X509CertificateHolder holder =
                (X509CertificateHolder) data.getCertificates().getMatches(signer.getSID()).iterator().next();
        if (!signer.verify(new JcaSimpleSignerInfoVerifierBuilder().setProvider("BC").build(holder))) {
            return "signature does not verify";
        }
        if (signer.getSignedAttributes().size() != 4) {
            return "signed attributes are not four";
        }
        List<X509Certificate> path = new ArrayList<>();
        path.add(new JcaX509CertificateConverter().getCertificate(holder));
        for (X509CertificateHolder other : data.getCertificates().getMatches(null)) {
            if (!other.equals(holder)) {
                path.add(new JcaX509CertificateConverter().getCertificate(other));
            }
        }
        PKIXParameters parameters = new PKIXParameters(Set.of(new TrustAnchor(root, null)));
        parameters.setRevocationEnabled(false);
        parameters.setDate(at);
        CertPathValidator.getInstance("PKIX")
                .validate(CertificateFactory.getInstance("X.509").generateCertPath(path), parameters);

        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        digest.update(ci);
        digest.update(holder.getSerialNumber().toByteArray());
        return "ok " + HexFormat.of().formatHex(digest.digest());
    }

    static X509Certificate certificate(byte[] pem) throws Exception {
        return (X509Certificate)
                CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(pem));
    }

    static void make(Path content, Path out) throws Exception {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC", "BC");
        generator.initialize(256);
        KeyPair pair = generator.generateKeyPair();
        ContentSigner signer = new JcaContentSignerBuilder("SHA256withECDSA").build(pair.getPrivate());
        X500Name name = new X500Name("CN=judge");
        long now = System.currentTimeMillis();
        X509CertificateHolder holder = new JcaX509v3CertificateBuilder(
                        name, BigInteger.TEN, new Date(now - 1000), new Date(now + 1000000), name, pair.getPublic())
                .build(signer);
        CMSSignedDataGenerator messages = new CMSSignedDataGenerator();
        messages.addSignerInfoGenerator(
                new JcaSignerInfoGeneratorBuilder(new JcaDigestCalculatorProviderBuilder().build())
                        .build(signer, holder));
        messages.addCertificate(holder);
        Files.write(out, messages.generate(new CMSProcessableByteArray(Files.readAllBytes(content)), true).getEncoded());
    }
}
